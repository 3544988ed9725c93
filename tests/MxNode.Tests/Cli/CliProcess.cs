using System.Diagnostics;
using System.Text.Json;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Cli;

/// <summary>A command's exit code and output.</summary>
internal sealed record CliResult(int Code, string Output, string Error)
{
    public IReadOnlyList<string> ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The program as a process of its own, as operators run it.</summary>
internal sealed class CliProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly Process _process;
    private readonly Task<string> _error;

    private CliProcess(string folder, string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "ThrottleNet.MxNode.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        foreach (var variable in start.Environment.Keys.Where(k => k.StartsWith(ConfigurationLoader.EnvironmentPrefix, StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<CliResult> RunAsync(string folder, params string[] arguments)
    {
        await using var command = new CliProcess(folder, arguments);
        return await command.EndAsync();
    }

    /// <summary>Starts a node on free ports and waits until it listens. Gives the addresses that it logs.</summary>
    public static async Task<(CliProcess Node, string Smtp, string Dashboard)> RunNodeAsync(string folder, params string[] settings)
    {
        string[] all = ["Smtp:Listen=127.0.0.1:0", "Admin:Listen=127.0.0.1:0", "Throttle:Hold=00:00:00", "Smtp:GreetDelay=00:00:00", .. settings];
        var node = new CliProcess(folder, ["run", .. all.SelectMany(s => new[] { "--set", s })]);
        while (await node._process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("EventId").GetInt32() == 100)
            {
                var state = json.RootElement.GetProperty("State");
                return (node, state.GetProperty("Smtp").GetString()!, state.GetProperty("Dashboard").GetString()!);
            }
        }

        throw new InvalidOperationException($"the node ended: {(await node.EndAsync()).Error}");
    }

    /// <summary>Asks the process to stop, as a supervisor does.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Patience);
    }

    public async Task<CliResult> EndAsync()
    {
        var output = await _process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return new CliResult(_process.ExitCode, output, await _error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().WaitAsync(Patience);
        }

        _process.Dispose();
    }
}
