using System.Diagnostics;
using System.Text.Json;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>A script of js/grpc that runs until it ends or is disposed of. It writes its observations as lines of JSON.</summary>
internal sealed class ScriptProcess(string script, params string[] arguments) : IAsyncDisposable
{
    private readonly RunningProcess _process = RunningProcess.Start(
        new ProcessStartInfo(Needs.FindProgram("node")!, [Path.Combine(Needs.ScriptFolder, "grpc", script), .. arguments]) { RedirectStandardInput = true });

    public async Task<JsonElement> ReadAsync() => JsonElement.Parse(await _process.NextLineAsync());

    public Task WriteLineAsync(string line) => _process.WriteLineAsync(line);

    /// <summary>Freezes the process (SIGSTOP): its connections stay open, and it answers nothing.</summary>
    public Task FreezeAsync() => _process.SignalAsync("STOP");

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
