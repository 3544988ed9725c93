using System.Diagnostics;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>A script of js/grpc that runs until it ends or is disposed of. It writes its observations as lines of JSON.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    public NodeProcess(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Needs.FindProgram("node")!, [Path.Combine(Needs.ScriptFolder, "grpc", script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public async Task<JsonElement> ReadAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience.Long);
        return line is null
            ? throw new InvalidOperationException("the script has ended: " + await _errors.WaitAsync(Patience.Long))
            : JsonSerializer.Deserialize<JsonElement>(line);
    }

    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Freezes the process (SIGSTOP): its connections stay open, and it answers nothing.</summary>
    public async Task FreezeAsync() => (await Tool.RunAsync("kill", "-STOP", $"{_process.Id}")).Expect(0);

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
