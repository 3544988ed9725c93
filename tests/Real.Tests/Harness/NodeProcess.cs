using System.Globalization;
using System.Net;
using System.Text.Json;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>The node as a separate process, with a configuration file and --set, as an operator runs it.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    /// <summary>The node's name in HELO, EHLO and Received.</summary>
    public const string HostName = "a.throttle-mx.relays.test";

    // Event 100 names the addresses where the node listens.
    private const int Listening = 100;

    private readonly RunningProcess _process;

    private readonly IPEndPoint? _smtp;

    private NodeProcess(RunningProcess process, IPEndPoint? smtp, Uri admin) => (_process, _smtp, Admin) = (process, smtp, admin);

    public IPEndPoint Smtp => _smtp ?? throw new InvalidOperationException("the node speaks no SMTP");

    public string SmtpHost => Smtp.Address.ToString();

    public string SmtpPort => Smtp.Port.ToString(CultureInfo.InvariantCulture);

    public Uri Admin { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The log so far.</summary>
    public IEnumerable<LogLine> Log => _process.Lines.Select(LogLine.Parse).OfType<LogLine>();

    /// <summary>Starts a node that replies without delay and trusts no client, except as <paramref name="settings"/> change that.</summary>
    /// <param name="folder">Holds the node's configuration and data, which outlive the node.</param>
    /// <param name="host">The machine to run on; null for this machine itself.</param>
    /// <param name="settings">Section:Key=Value, as for --set.</param>
    public static Task<NodeProcess> StartAsync(TemporaryFolder folder, NetworkHost? host, params string[] settings) => StartAsync([], folder, host, settings);

    /// <summary>Starts it on this machine as the last argument of a command, such as one that sets a limit.</summary>
    public static Task<NodeProcess> StartUnderAsync(string[] wrapper, TemporaryFolder folder, params string[] settings) => StartAsync(wrapper, folder, null, settings);

    /// <inheritdoc cref="StartUnderAsync(string[], TemporaryFolder, string[])"/>
    public static Task<NodeProcess> StartUnderAsync(string[] wrapper, TemporaryFolder folder, NetworkHost host, params string[] settings) => StartAsync(wrapper, folder, host, settings);

    private static async Task<NodeProcess> StartAsync(string[] wrapper, TemporaryFolder folder, NetworkHost? host, string[] settings)
    {
        var file = folder.Write("node.json", Configuration(folder));

        // Tests that nohup runs would hand on that SIGHUP is ignored, and a node respects that.
        string[] command = ["env", "--default-signal=HUP", .. wrapper, .. NodeCommandLine.Command, "run", "--config", file, .. settings.SelectMany(s => new[] { "--set", s })];
        var process = Tool.Start(command[0], command[1..], host);
        try
        {
            var line = await process.LineAsync("its start", l => LogLine.Parse(l)?.EventId == Listening);
            var state = LogLine.Parse(line)!.State;
            return new NodeProcess(process, IPEndPoint.TryParse(state["Smtp"], out var smtp) ? smtp : null, new Uri($"http://{state["Dashboard"]}/"));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it on this machine.</summary>
    public static Task<NodeProcess> StartAsync(TemporaryFolder folder, params string[] settings) => StartAsync(folder, null, settings);

    /// <summary>Runs one of the node's commands.</summary>
    public static Task<ProcessResult> CommandAsync(params string[] arguments) => CommandAsync(null, arguments);

    /// <summary>Runs one of the node's commands as the last arguments of another command, such as one that sets the clock.</summary>
    public static Task<ProcessResult> CommandUnderAsync(string[] wrapper, params string[] arguments) => RunAsync([.. wrapper, .. NodeCommandLine.Command, .. arguments], null);

    /// <summary>Runs one of the node's commands on a machine.</summary>
    public static Task<ProcessResult> CommandAsync(NetworkHost? host, string[] arguments) => RunAsync([.. NodeCommandLine.Command, .. arguments], host);

    /// <summary>Waits for the first line of the log that matches.</summary>
    public async Task<LogLine> LogLineAsync(string what, Func<LogLine, bool> matches) =>
        LogLine.Parse(await _process.LineAsync(what, l => LogLine.Parse(l) is { } line && matches(line)))!;

    /// <summary>The attempts an hour that the node has counted for an address, from /api/block.</summary>
    public async Task<double> CountAsync(IPAddress address) => (await CountsAsync(address)).Own;

    /// <summary>The attempts an hour that the node has counted for an address, and those that others reported to it.</summary>
    public async Task<(double Own, double Others)> CountsAsync(IPAddress address)
    {
        var host = (await AskAsync($"api/block/{address}")).GetProperty("levels")[0];
        return (host.GetProperty("ownPerHour").GetDouble(), host.GetProperty("othersPerHour").GetDouble());
    }

    /// <summary>The node's answer of /api/status.</summary>
    public Task<JsonElement> StatusAsync() => AskAsync("api/status");

    /// <summary>The process's resident memory in octets.</summary>
    public long Memory()
    {
        var line = File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Freezes the process (SIGSTOP): its connections stay open, and it answers nothing.</summary>
    public Task PauseAsync() => _process.SignalAsync("STOP");

    /// <summary>Ends <see cref="PauseAsync"/>.</summary>
    public Task ResumeAsync() => _process.SignalAsync("CONT");

    /// <summary>Has the node read its configuration again (SIGHUP), and waits until it has logged the outcome.</summary>
    /// <returns>The lines that it logged about it.</returns>
    public async Task<IReadOnlyList<LogLine>> ReloadAsync()
    {
        var before = Log.Count();
        await _process.SignalAsync("HUP");
        await Eventually.HoldsAsync("the end of the reload", () => Log.Skip(before).Any(l => l.EventId is 110 or 114));
        return [.. Log.Skip(before).Where(l => l.EventId is >= 110 and < 120)];
    }

    /// <summary>Kills the process with SIGKILL.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Stops the node with SIGTERM. Fails unless it exits with 0 and has logged no error.</summary>
    public async Task StopAsync()
    {
        var exitCode = await _process.StopAsync();
        Assert.True(exitCode == 0, $"the node has ended with {exitCode}:\n{string.Join('\n', _process.Lines)}");
        var errors = Log.Where(l => l.IsError).Select(l => l.Text).ToList();
        Assert.True(errors.Count == 0, string.Join('\n', errors));
        Assert.All(_process.Lines, l => Assert.True(LogLine.Parse(l) is not null, "not a line of the log: " + l));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static Task<ProcessResult> RunAsync(string[] command, NetworkHost? host) => Tool.RunAsync(command[0], command[1..], input: null, host);

    private async Task<JsonElement> AskAsync(string path)
    {
        using var client = new HttpClient { BaseAddress = Admin };
        return JsonElement.Parse(await client.GetStringAsync(new Uri(path, UriKind.Relative)));
    }

    private static string Configuration(TemporaryFolder folder) => $$"""
        {
          "Node": { "Name": "a", "HostName": "{{HostName}}", "DataDirectory": {{JsonSerializer.Serialize(folder.File("data"))}} },
          "Network": { "Names": [ "throttle-mx.relays.test" ] },
          "Smtp": { "Listen": [ "127.0.0.1:0" ], "GreetDelay": "00:00:00" },
          "Throttle": { "Hold": "00:00:03", "MaxDelay": "00:00:03" }, // no slow answers, and a hold only where there are peers
          "Admin": { "Listen": "127.0.0.1:0" }
        }
        """;
}
