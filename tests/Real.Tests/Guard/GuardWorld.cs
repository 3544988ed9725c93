using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>A relay on one machine, a protected Postfix with its guard on another, and machines that send.</summary>
internal sealed class GuardWorld : IAsyncDisposable
{
    /// <summary>The programs that it needs.</summary>
    public const string Root = "root", Ip = "ip", Postfix = "postfix", Firewall = "nft", Client = "swaks", Authority = NameServer.Authority, Resolver = NameServer.Resolver;

    public const string User = "someone@example.test";

    private const string Names = """
        example MX 0 throttle-mx.relays
        example MX 10 mail.example
        throttle-mx.relays A 10.77.0.1
        mail.example A 10.77.0.2

        """;

    private const string Table = "throttlenet_guard";
    private const string RelayAddress = "10.77.0.1";
    private const string ExchangePort = "8026";

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly TestPki _pki = new("throttle-mx.test");
    private readonly TemporaryFolder _relayFolder = new();
    private readonly TemporaryFolder _guardFolder = new();
    private TestNetwork _network = null!;
    private NetworkHost _relayHost = null!;
    private NetworkHost _destinationHost = null!;
    private string _root = "";

    private MovedClock? _clock;
    private string[] _guardSettings = ["Guard:CourtesyInterval=00:00:00"];

    private GuardWorld()
    {
    }

    /// <summary>The relay's machine.</summary>
    public NetworkHost RelayHost => _relayHost;

    public NodeProcess Relay { get; private set; } = null!;

    public NodeProcess Guard { get; private set; } = null!;

    public PostfixInstance Destination { get; private set; } = null!;

    /// <param name="relay">Settings of the relay, Section:Key=Value.</param>
    public static Task<GuardWorld> StartAsync(params string[] relay) => StartAsync(new GuardWorld(), relay);

    /// <summary>Starts it with the guard's settings as they come, and with a clock of its own.</summary>
    public static Task<GuardWorld> StartAsync(MovedClock clock, params string[] relay) => StartAsync(new GuardWorld { _clock = clock, _guardSettings = [] }, relay);

    private static async Task<GuardWorld> StartAsync(GuardWorld world, string[] relay)
    {
        try
        {
            await world.BuildAsync(relay);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a machine with a new address.</summary>
    /// <param name="number">The last part of its address.</param>
    public Task<NetworkHost> AddAsync(byte number) => _network.AddAsync(new IPAddress([10, 77, 0, number]));

    /// <inheritdoc cref="TestNetwork.AddBehindAsync"/>
    public Task<NetworkHost> AddBehindAsync(NetworkHost gateway) => _network.AddBehindAsync(gateway);

    public async Task StartGuardAsync()
    {
        Guard = await NodeProcess.StartAsync(
            _guardFolder,
            _destinationHost,
            [
                "Smtp:Listen=,", "Guard:Listen=127.0.0.1:10040", $"Guard:Relays={RelayAddress}:{ExchangePort}", $"Guard:DropSet={Table}", .. _guardSettings,
                "Guard:RelayTimeout=00:00:30", // a loaded machine is no reason to fail
                "Trust:Entries=10.77.0.9", .. Certificate("guard"),
            ]);
        _parts.Push(Guard);
    }

    /// <summary>Starts another relay of the network on a machine. It calls the first relay and cannot be called.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="trusted">A client whose mail it passes at once.</param>
    public async Task<NodeProcess> StartRelayAsync(NetworkHost host, string name, IPAddress trusted)
    {
        _pki.Issue(name, "operator-" + name, host.Address.ToString());
        var folder = new TemporaryFolder();
        _parts.Push(new Disposer(folder));
        var relay = await NodeProcess.StartAsync(
            folder,
            host,
            [
                $"Node:Name={name}", $"Smtp:Listen={host.Address}:25", "Relay:AllowPrivateDestinations=true", $"Exchange:Peers={RelayAddress}:{ExchangePort}",
                $"Trust:Entries={trusted}", .. Certificate(name),
            ]);
        _parts.Push(relay);
        await Relay.LogLineAsync("its link", l => l.EventId == 4010 && l.State["Peer"].StartsWith($"{name} ", StringComparison.Ordinal));
        return relay;
    }

    /// <summary>Sends a message from a machine to a relay.</summary>
    public static Task<string> SendByAsync(NetworkHost from, NetworkHost relay) => SendAsync(from, relay);

    /// <summary>Sends a message from a machine straight to the destination. Gives the server's last line, or nothing if there was no connection.</summary>
    public Task<string> SendAsync(NetworkHost from) => SendAsync(from, _destinationHost);

    /// <summary>Whether a machine can connect to the destination's port 25.</summary>
    public async Task<bool> ReachesAsync(NetworkHost from) =>
        (await Tool.RunAsync(Client, ["--server", _destinationHost.Address.ToString(), "--timeout", "4s", "--quit-after", "CONNECT"], host: from)).Output.Contains("\n=== Connected", StringComparison.Ordinal);

    /// <summary>Sends a message from a machine to the relay.</summary>
    public Task<string> SendByRelayAsync(NetworkHost from) => SendAsync(from, _relayHost);

    /// <summary>Runs a trust command at the relay, with a root's key.</summary>
    public async Task<ProcessResult> TrustAsync(params string[] arguments) => (await NodeProcess.CommandAsync(
        _relayHost, ["trust", .. arguments, "--set", $"Node:DataDirectory={_relayFolder.File("data")}", .. _root.Length > 0 ? new[] { "--set", $"Trust:Roots:0={_root}" } : []])).Expect(0);

    /// <summary>Waits until the network takes an address for a relay's.</summary>
    public Task KnownAsRelayAsync(string address) => Eventually.HoldsAsync($"{address} to be known as a relay's", async () => JsonElement.Parse(
        (await NodeProcess.CommandAsync(_relayHost, ["ask", address, "--json", "--set", $"Admin:Listen={Relay.Admin.Authority}"])).Output).GetProperty("relay").GetBoolean());

    /// <summary>The output of the relay's command <c>block</c> for a machine.</summary>
    public async Task<JsonElement> BlockAsync(NetworkHost host) => JsonElement.Parse(
        (await NodeProcess.CommandAsync(_relayHost, ["block", host.Address.ToString(), "--json", "--set", $"Admin:Listen={Relay.Admin.Authority}"])).Expect(0).Output);

    /// <summary>The output of nft list ruleset; empty if there is no table.</summary>
    public async Task<string> RulesAsync() => (await Tool.RunAsync("nft", ["list", "ruleset"], host: _destinationHost)).Expect(0).Output;

    public async Task FlushAsync() => (await Tool.RunAsync("nft", ["flush", "ruleset"], host: _destinationHost)).Expect(0);

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _pki.Dispose();
        _relayFolder.Dispose();
        _guardFolder.Dispose();
    }

    private async Task BuildAsync(string[] settings)
    {
        _parts.Push(_network = await TestNetwork.CreateAsync(_clock));
        _relayHost = await _network.AddAsync(IPAddress.Parse(RelayAddress));
        _destinationHost = await _network.AddAsync(IPAddress.Parse("10.77.0.2"));
        _parts.Push(await NameServer.StartAsync(_network, Names, "2.0 PTR mail.example.test.\n"));
        _pki.Issue("relay", "operator-relay", RelayAddress);
        _pki.Issue("guard", "operator-guard", host: null, guard: true);
        _root = JsonElement.Parse((await TrustAsync("key", "new", "--json")).Output).GetProperty("id").GetString()!;
        Relay = await NodeProcess.StartAsync(
            _relayFolder,
            _relayHost,
            [.. settings, $"Trust:Roots:0={_root}", $"Smtp:Listen={RelayAddress}:25", "Relay:AllowPrivateDestinations=true", $"Exchange:Listen={RelayAddress}:{ExchangePort}", .. Certificate("relay")]);
        _parts.Push(Relay);
        await StartGuardAsync();
        Destination = await PostfixInstance.StartDestinationAsync(_destinationHost, "mail.example.test", "@example.test", _relayHost.Address, "127.0.0.1:10040");
        _parts.Push(Destination);
    }

    private string[] Certificate(string name) =>
    [
        $"Exchange:Certificate={_pki.File($"{name}.pem")}", $"Exchange:Key={_pki.File($"{name}.key")}", $"Exchange:Authority={_pki.Authority}",
    ];

    // Its timeout applies to the connection, too. In its log "<** " or "<-  " precedes the server's replies.
    private static async Task<string> SendAsync(NetworkHost from, NetworkHost to)
    {
        var said = (await Tool.RunAsync(
            Client, ["--server", to.Address.ToString(), "--from", "ann@people.test", "--to", User, "--timeout", "20s", "--hide-send", "--quit-after", "RCPT"], host: from)).Output;
        return said.Split('\n').Where(l => l.StartsWith('<') && !l.Contains(" 221 ", StringComparison.Ordinal)).Select(l => l[4..].Trim()).LastOrDefault("");
    }

    private sealed class Disposer(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
