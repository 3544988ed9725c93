using System.Net;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Walk;

/// <summary>
/// A machine with the addresses of the documents, their domain in its DNS, and the domain's mail server. The commands of the documents run on it as they are written:
/// its program <c>dotnet</c> runs the node that was built.
/// </summary>
internal sealed class CleanMachine : IAsyncDisposable
{
    // The node and the mail server are at addresses that no network has (RFC 5737), so that the node must be told to relay there.
    private const string Environment = "THROTTLENET_Relay__AllowPrivateDestinations=true";

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly TemporaryFolder _folder = new();
    private NetworkHost _host = null!;

    private CleanMachine()
    {
    }

    /// <summary>The folder in which commands run.</summary>
    public string Work => _folder.File("work");

    /// <summary>Messages that the domain's mail server received.</summary>
    public int Arrived => Directory.GetFiles(_folder.File("mail")).Length;

    /// <param name="zone">Lines of a zone file with MX and A records.</param>
    /// <param name="addresses">The machine's addresses, beside those of the zone.</param>
    public static async Task<CleanMachine> StartAsync(string zone, params string[] addresses)
    {
        var machine = new CleanMachine();
        try
        {
            await machine.BuildAsync(zone, addresses);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs commands; the last one must exit with 0, and each before it.</summary>
    public async Task<string> RunAsync(string commands) => (await Tool.RunAsync("env", Shell(commands), host: _host, workingFolder: Work)).Expect(0).Output;

    /// <summary>Starts a command that runs until the test ends, such as a node.</summary>
    public RunningProcess Start(string command)
    {
        var process = Tool.Start("env", Shell("exec " + command), _host, Work);
        _parts.Push(process);
        return process;
    }

    /// <summary>Starts a node, and waits until it listens.</summary>
    public async Task<RunningProcess> StartNodeAsync(string command)
    {
        var process = Start(command);
        await process.LineAsync("its start", l => LogLine.Parse(l)?.EventId == 100);
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _folder.Dispose();
    }

    private string[] Shell(string commands) => [$"PATH={_folder.File("tools")}:/usr/sbin:/usr/bin:/sbin:/bin", Environment, "sh", "-ec", commands];

    private async Task BuildAsync(string zone, string[] addresses)
    {
        var network = await TestNetwork.CreateAsync();
        _parts.Push(network);
        _host = await network.AddAsync(IPAddress.Parse("10.77.0.10"));
        _folder.Make("work");
        var program = Path.Combine(_folder.Make("tools"), "dotnet");
        await File.WriteAllTextAsync(program, $"""
            #!/bin/sh
            [ "$1 $2 $3" = "run --project src/MxNode" ] || exit 9
            shift 3
            [ "$1" != -- ] || shift
            exec {string.Join(' ', NodeCommandLine.Command)} "$@"

            """);
        File.SetUnixFileMode(program, (UnixFileMode)0x1ED); // executable by all

        var records = zone.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var mail = records.Single(r => r[1] == "MX" && r[2] != "0")[3].TrimEnd('.');
        const string MailServer = "198.51.100.25";
        string[] options =
        [
            .. records.Where(r => r[1] == "MX").Select(r => $"--mx-host={r[0].TrimEnd('.')},{r[3].TrimEnd('.')},{r[2]}"),
            .. records.Where(r => r[1] == "A").Select(r => $"--host-record={r[0].TrimEnd('.')},{r[2]}"),
            $"--host-record={mail},{MailServer}",
        ];
        var mailHost = await network.AddAsync(IPAddress.Parse("10.77.0.25"));
        (await Tool.RunAsync("ip", ["addr", "add", $"{MailServer}/32", "dev", "lo"], host: mailHost)).Expect(0);
        (await Tool.RunAsync("ip", ["route", "add", MailServer, "via", mailHost.Address.ToString()], host: _host)).Expect(0);
        foreach (var address in (string[])[TestNetwork.ResolverAddress.ToString(), .. records.Where(r => r[1] == "A").Select(r => r[2]), .. addresses])
        {
            (await Tool.RunAsync("ip", ["addr", "add", $"{address}/32", "dev", "lo"], host: _host)).Expect(0);
        }

        _parts.Push(Tool.Start("dnsmasq", ["--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=root", $"--listen-address={TestNetwork.ResolverAddress}", "--bind-interfaces", .. options], _host));
        (await Tool.RunAsync("chown", "nobody", _folder.Make("mail"))).Expect(0);
        _parts.Push(Tool.Start("smtp-sink", ["-u", "nobody", "-d", _folder.File("mail/"), $"{MailServer}:25", "100"], mailHost));
        await Eventually.HoldsAsync("the domain's mail server", async () => (await Tool.RunAsync("nc", ["-z", MailServer, "25"], host: _host)).ExitCode == 0);
    }
}
