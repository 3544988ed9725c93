using System.Globalization;
using System.Net;
using System.Text.Json;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>The built node as a process of its own, as an operator runs it, with a configuration file and --set.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    /// <summary>Its name in HELO, EHLO and Received.</summary>
    public const string HostName = "a.throttle-mx.relays.test";

    // Event 100: it listens, and where.
    private const int Listening = 100;

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "ThrottleNet.MxNode.dll");

    private readonly RunningProcess _process;

    private readonly IPEndPoint? _smtp;

    private NodeProcess(RunningProcess process, IPEndPoint? smtp, Uri admin) => (_process, _smtp, Admin) = (process, smtp, admin);

    public IPEndPoint Smtp => _smtp ?? throw new InvalidOperationException("the node speaks no SMTP");

    public string SmtpHost => Smtp.Address.ToString();

    public string SmtpPort => Smtp.Port.ToString(CultureInfo.InvariantCulture);

    public Uri Admin { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Its log so far.</summary>
    public IEnumerable<LogLine> Log => _process.Lines.Select(LogLine.Parse).OfType<LogLine>();

    /// <summary>Starts a node that answers as fast as it can and takes all comers for strangers, unless <paramref name="settings"/> say otherwise.</summary>
    /// <param name="folder">Holds its configuration and its data, which outlive it.</param>
    /// <param name="host">Where it runs; null for this machine itself.</param>
    /// <param name="settings">Section:Key=Value, as for --set.</param>
    public static Task<NodeProcess> StartAsync(TemporaryFolder folder, NetworkHost? host, params string[] settings) => StartAsync([], folder, host, settings);

    /// <summary>Starts it on this machine as the last argument of a command, such as one that sets a limit.</summary>
    public static Task<NodeProcess> StartUnderAsync(string[] wrapper, TemporaryFolder folder, params string[] settings) => StartAsync(wrapper, folder, null, settings);

    private static async Task<NodeProcess> StartAsync(string[] wrapper, TemporaryFolder folder, NetworkHost? host, string[] settings)
    {
        var file = folder.Write("node.json", Configuration(folder));
        string[] command = [.. wrapper, "dotnet", Program, "run", "--config", file, .. settings.SelectMany(s => new[] { "--set", s })];
        var process = RunningProcess.Start(command[0], command[1..], host);
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

    /// <summary>Runs one of its commands to its end.</summary>
    public static Task<ToolResult> CommandAsync(params string[] arguments) => CommandAsync(null, arguments);

    /// <summary>Runs one of its commands on a machine, to its end.</summary>
    public static Task<ToolResult> CommandAsync(NetworkHost? host, string[] arguments) => Tool.RunAsync("dotnet", [Program, .. arguments], input: null, host);

    /// <summary>The first line of its log that matches.</summary>
    public async Task<LogLine> LogLineAsync(string what, Func<LogLine, bool> matches) =>
        LogLine.Parse(await _process.LineAsync(what, l => LogLine.Parse(l) is { } line && matches(line)))!;

    /// <summary>The attempts an hour that it has counted of an address, as the answer of /api/block tells.</summary>
    public async Task<double> CountAsync(IPAddress address)
    {
        using var client = new HttpClient { BaseAddress = Admin };
        var block = JsonElement.Parse(await client.GetStringAsync(new Uri($"api/block/{address}", UriKind.Relative)));
        return block.GetProperty("levels")[0].GetProperty("ownPerHour").GetDouble();
    }

    /// <summary>Its resident memory, octets.</summary>
    public long Memory()
    {
        var line = File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Ends it as kill -9 does.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Asks it to end, and fails unless it does so with exit code 0 and has never logged an error.</summary>
    public async Task StopAsync()
    {
        var exitCode = await _process.StopAsync();
        Assert.True(exitCode == 0, $"the node has ended with {exitCode}:\n{string.Join('\n', _process.Lines)}");
        Assert.Empty(Log.Where(l => l.IsError).Select(l => l.Text));
        Assert.All(_process.Lines, l => Assert.True(LogLine.Parse(l) is not null, "not a line of the log: " + l));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

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
