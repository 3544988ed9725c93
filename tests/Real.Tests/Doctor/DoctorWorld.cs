using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Doctor;

/// <summary>
/// A relay, a Postfix with its guard, a Postfix that sends, and mail servers that refuse or defer, each on a machine with an address of the public internet. Zones lead
/// to them rightly and wrongly.
/// </summary>
internal sealed class DoctorWorld : IAsyncDisposable
{
    /// <summary>The programs that it needs.</summary>
    public const string Root = "root", Ip = "ip", Postfix = "postfix", Sink = "smtp-sink", Client = "swaks", Authority = NameServer.Authority, Resolver = NameServer.Resolver;

    private const string Relay = "45.77.0.1", Mail = "45.77.0.2", Sender = "45.77.0.3", Closed = "45.77.0.5";
    private const string RelayExchange = "10.77.0.1:8026";

    // Hosts that the zones name. The last three refuse connections, refuse recipients, and defer recipients.
    private const string Hosts = $"""
        throttle-mx.relays A {Relay}
        dead.throttle-mx.relays A {Closed}
        throttle-mx.others A {Relay}
        mail.hosts A {Mail}
        alias.hosts CNAME mail.hosts
        text.hosts TXT "no address"
        inside.hosts A 10.77.0.2
        itself.hosts A {Relay}
        closed.hosts A {Closed}
        plain.hosts A 45.77.0.4
        broken NS ns.broken
        ns.broken A 127.0.0.1
        blocking.hosts A 45.77.0.6
        refusing.hosts A 45.77.0.7
        deferring.hosts A 45.77.0.8

        """;

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly TestPki _pki = new("throttle-mx.test");
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _relayFolder = new();
    private readonly TemporaryFolder _guardFolder = new();
    private string[] _relaySettings = [];
    private string[] _guardSettings = [];
    private NetworkHost _relayHost = null!;

    private DoctorWorld()
    {
    }

    public NetworkHost SenderHost { get; private set; } = null!;

    public NetworkHost MailHost { get; private set; } = null!;

    public NodeProcess Guard { get; private set; } = null!;

    public PostfixInstance SendingPostfix { get; private set; } = null!;

    /// <param name="zones">Records of the domains, as lines of a zone file of test.</param>
    /// <param name="domains">The domains that the destination takes mail for.</param>
    public static async Task<DoctorWorld> StartAsync(string zones, IEnumerable<string> domains)
    {
        var world = new DoctorWorld();
        try
        {
            await world.BuildAsync(zones, domains);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the doctor on the relay, with its configuration.</summary>
    public Task<JsonElement> ExamineAtRelayAsync(string domain) => ExamineAsync(_relayHost, domain, _relayFolder, _relaySettings);

    /// <summary>Runs the doctor on the mail server, with the guard's configuration.</summary>
    public Task<JsonElement> ExamineAtGuardAsync(string domain) => ExamineAsync(MailHost, domain, _guardFolder, _guardSettings);

    /// <summary>Runs the doctor on a machine that is no relay and has no configuration.</summary>
    public async Task<JsonElement> ExamineAtStrangerAsync(string domain, params string[] more) => JsonElement.Parse((await NodeProcess.CommandAsync(
        SenderHost, ["doctor", domain, "--json", "--set", "Network:Names=throttle-mx.relays.test", "--set", $"Node:DataDirectory={_folder.File("stranger")}", .. more])).Output);

    /// <summary>The relay's reply to a sender's RCPT, code and enhanced status.</summary>
    public async Task<string> AskRelayAsync(string recipient)
    {
        var said = (await Tool.RunAsync(
            Client, ["--server", Relay, "--from", "ann@people.test", "--to", recipient, "--timeout", "60s", "--hide-send", "--quit-after", "RCPT"], host: SenderHost)).Output;
        return StatusOf(said.Split('\n').Where(l => l.StartsWith('<') && !l.Contains(" 221 ", StringComparison.Ordinal)).Select(l => l[4..].Trim()).LastOrDefault(""));
    }

    /// <summary>The code and enhanced status of a reply: "550 5.7.1".</summary>
    public static string StatusOf(string reply) => string.Join(' ', reply.Split(' ', '-').Take(2));

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _pki.Dispose();
        _folder.Dispose();
        _relayFolder.Dispose();
        _guardFolder.Dispose();
    }

    private static async Task<JsonElement> ExamineAsync(NetworkHost host, string domain, TemporaryFolder folder, string[] settings)
    {
        var result = await NodeProcess.CommandAsync(host, ["doctor", domain, "--json", "--config", folder.File("node.json"), .. settings.SelectMany(s => new[] { "--set", s })]);
        Assert.True(result.ExitCode is 0 or 1, result.ToString());
        var report = JsonElement.Parse(result.Output);
        Assert.Equal(report.GetProperty("healthy").GetBoolean(), result.ExitCode == 0);
        return report;
    }

    private async Task BuildAsync(string zones, IEnumerable<string> domains)
    {
        var network = await TestNetwork.CreateAsync();
        _parts.Push(network);
        _relayHost = await AddAsync(network, 1, Relay);
        MailHost = await AddAsync(network, 2, Mail);
        SenderHost = await AddAsync(network, 3, Sender);
        var sinks = await AddAsync(network, 4, "45.77.0.4", Closed, "45.77.0.6", "45.77.0.7", "45.77.0.8");
        _parts.Push(await NameServer.StartAsync(network, Hosts + zones, "2.0 PTR mail.hosts.test.\n"));
        _pki.Issue("relay", "operator-relay", Relay, more: "10.77.0.1");
        _pki.Issue("guard", "operator-guard", host: null, guard: true);

        // Tests send more than a person does.
        string[] limits = [.. from level in new[] { "Host", "Site", "Region" } from limit in new[] { "Soft=1000", "Hard=1000", "Day=24000" } select $"Throttle:{level}:{limit}"];
        _relaySettings = [$"Smtp:Listen={Relay}:25", $"Exchange:Listen={RelayExchange}", "Admin:Listen=127.0.0.1:8025", .. limits, .. Certificate("relay")];
        _guardSettings = ["Smtp:Listen=,", "Guard:Listen=127.0.0.1:10040", $"Guard:Relays={RelayExchange}", "Guard:Courtesy=100", "Guard:RelayTimeout=00:00:30", "Admin:Listen=127.0.0.1:8035", .. Certificate("guard")];
        _parts.Push(await NodeProcess.StartAsync(_relayFolder, _relayHost, _relaySettings));
        _parts.Push(Guard = await NodeProcess.StartAsync(_guardFolder, MailHost, _guardSettings));
        string[] taken = [$"virtual_mailbox_domains = {string.Join(", ", domains)}", "virtual_mailbox_maps = static:inbox/"];
        _parts.Push(await PostfixInstance.StartDestinationAsync(MailHost, "mail.hosts.test", "@hosts.test", IPAddress.Parse(Relay), "127.0.0.1:10040", taken));
        Sinks(sinks, ("45.77.0.4", []), ("45.77.0.6", ["-f", "CONNECT"]), ("45.77.0.7", ["-f", "RCPT"]), ("45.77.0.8", ["-r", "RCPT"]));
        _parts.Push(SendingPostfix = await PostfixInstance.StartSenderAsync(SenderHost, "sender.people.test", "smtp_tls_security_level = may"));
        foreach (var address in (string[])["45.77.0.4", "45.77.0.6", "45.77.0.7", "45.77.0.8", Mail])
        {
            await Eventually.HoldsAsync($"a mail server at {address}", async () => (await Tool.RunAsync("nc", ["-z", address, "25"], host: _relayHost)).ExitCode == 0);
        }
    }

    // smtp-sink -f refuses for good, -r for now.
    private void Sinks(NetworkHost host, params (string Address, string[] Options)[] sinks)
    {
        foreach (var (address, options) in sinks)
        {
            _parts.Push(Tool.Start(Sink, ["-u", "nobody", .. options, $"{address}:25", "100"], host));
        }
    }

    private static async Task<NetworkHost> AddAsync(TestNetwork network, byte number, params string[] addresses)
    {
        var host = await network.AddAsync(new IPAddress([10, 77, 0, number]));
        foreach (var address in addresses)
        {
            (await Tool.RunAsync("ip", ["addr", "add", $"{address}/24", "dev", "eth0"], host: host)).Expect(0);
        }

        return host;
    }

    private string[] Certificate(string name) =>
    [
        $"Exchange:Certificate={_pki.File($"{name}.pem")}", $"Exchange:Key={_pki.File($"{name}.key")}", $"Exchange:Authority={_pki.Authority}",
    ];
}
