using System.Text.Json;

namespace ThrottleNet.MxNode.Tests.Cli;

/// <summary>A node that runs as a separate process on free ports, as operators run it.</summary>
/// <param name="Process">The process.</param>
/// <param name="Smtp">The address of its SMTP endpoint.</param>
/// <param name="Dashboard">The address of its dashboard.</param>
internal sealed record CliNode(RunningProcess Process, string Smtp, string Dashboard) : IAsyncDisposable
{
    // Names the addresses where the node listens.
    private const int Listening = 100;

    /// <summary>Runs a command of the program to its end.</summary>
    /// <param name="folder">The working folder.</param>
    public static Task<ProcessResult> CommandAsync(string folder, params string[] arguments) => ProcessResult.OfAsync(NodeCommandLine.StartInfo(arguments, folder));

    /// <summary>Starts a node and waits until it listens.</summary>
    /// <param name="folder">The working folder.</param>
    /// <param name="settings">Section:Key=Value, as for --set.</param>
    public static async Task<CliNode> StartAsync(string folder, params string[] settings)
    {
        string[] all = ["Smtp:Listen=127.0.0.1:0", "Admin:Listen=127.0.0.1:0", "Throttle:Hold=00:00:00", "Smtp:GreetDelay=00:00:00", .. settings];
        var process = RunningProcess.Start(NodeCommandLine.StartInfo(["run", .. all.SelectMany(s => new[] { "--set", s })], folder));
        try
        {
            while (true)
            {
                var line = JsonElement.Parse(await process.NextLineAsync());
                if (line.GetProperty("EventId").GetInt32() == Listening)
                {
                    var state = line.GetProperty("State");
                    return new CliNode(process, state.GetProperty(nameof(Smtp)).GetString()!, state.GetProperty(nameof(Dashboard)).GetString()!);
                }
            }
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
