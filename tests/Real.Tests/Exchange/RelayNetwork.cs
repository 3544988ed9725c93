using System.Globalization;
using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Exchange;

/// <summary>Five nodes of five operators, each a process on its own machine, a destination, and a machine that sends.</summary>
internal sealed class RelayNetwork : IAsyncDisposable
{
    /// <summary>The programs that it needs.</summary>
    public const string Root = "root", Ip = "ip", Python = "python3", Sink = "smtp-sink", Curl = "curl";

    private const int Nodes = 5;
    private const int ExchangePort = 8026;
    private const int SlowPort = 9026;
    private const int SinkPort = 4025;
    private const int PeerJoined = 4010;

    // The addresses of senders. Each is in a different region, so that their counts do not affect each other.
    private const string SenderNetwork = "172.16.0.0/12";

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly TemporaryFolder _folder = new();
    private readonly TestPki _pki = new("throttle-mx.test");
    private readonly List<Relay> _relays = [];
    private readonly int _faulty;
    private NetworkHost _sender = null!;

    private RelayNetwork(int faulty) => _faulty = faulty;

    public IReadOnlyList<Relay> Relays => _relays;

    /// <summary>Messages that the destination received.</summary>
    public int Arrived => Directory.GetFiles(_folder.File("mail")).Length;

    /// <param name="slow">Nodes reach each other over a <see cref="SlowPath"/> only.</param>
    /// <param name="faulty">
    /// Operators that may lie. Above 0 the highest report counts less, so the number that pass depends on how evenly the nodes get processor time.
    /// </param>
    public static async Task<RelayNetwork> StartAsync(bool slow = false, int faulty = 0)
    {
        var world = new RelayNetwork(faulty);
        try
        {
            await world.BuildAsync(slow);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>An address that no node has counted before.</summary>
    public Task<IPAddress> NewSenderAsync() => _sender.NewAddressAsync();

    public Task<Spray> SprayAsync(IPAddress source, int messages, params IEnumerable<Relay> relays) =>
        Spray.RunAsync(_sender, source, messages, relays.Select(r => new IPEndPoint(r.Host.Address, 2525)));

    /// <summary>Starts a node, with its earlier data if there are any, and waits until it is linked with all running nodes.</summary>
    public async Task StartAsync(Relay relay)
    {
        string[] place =
        [
            $"Node:Name={relay.Name}", $"Node:HostName={relay.Name}.throttle-mx.test",
            $"Smtp:Listen:0={relay.Host.Address}:2525", "Smtp:MaxConnectionsPerBlock=1000", "Admin:Listen=127.0.0.1:8025",
            "Throttle:Hold=00:00:03", "Throttle:MaxDelay=00:00:06", "Throttle:SnapshotInterval=00:00:02",
            $"Relay:Routes:example.test=10.77.0.2:{SinkPort}", "Relay:AllowPrivateDestinations=true",
            $"Exchange:Listen={relay.Host.Address}:{ExchangePort}", $"Exchange:Address={relay.Address}", $"Exchange:Faulty={_faulty}",
            $"Exchange:Peers={string.Join(',', _relays.Where(r => r != relay).Select(r => r.Address))}",
            $"Exchange:Certificate={_pki.File($"{relay.Name}.pem")}", $"Exchange:Key={_pki.File($"{relay.Name}.key")}", $"Exchange:Authority={_pki.Authority}",
        ];
        relay.Process = await NodeProcess.StartAsync(relay.Folder, relay.Host, place);
        _parts.Push(relay.Process);
        foreach (var other in _relays.Where(r => r != relay && r.Process is { HasExited: false }))
        {
            await relay.Process.LogLineAsync($"a link to {other.Name}", l => l.EventId == PeerJoined && l.Message.Contains($"peer {other.Name} of", StringComparison.Ordinal));
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        foreach (var relay in _relays)
        {
            relay.Folder.Dispose();
        }

        _pki.Dispose();
        _folder.Dispose();
    }

    private async Task BuildAsync(bool slow)
    {
        var network = await TestNetwork.CreateAsync();
        _parts.Push(network);
        _sender = await network.AddAsync(IPAddress.Parse("10.77.0.3"));
        var sinkHost = await network.AddAsync(IPAddress.Parse("10.77.0.2"));
        (await Tool.RunAsync("chown", "nobody", _folder.Make("mail"))).Expect(0);
        _parts.Push(Tool.Start(Sink, ["-u", "nobody", "-d", _folder.File("mail/"), $"{sinkHost.Address}:{SinkPort}", "1024"], sinkHost));
        for (var i = 0; i < Nodes; i++)
        {
            var host = await network.AddAsync(IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.77.0.{11 + i}")));
            var name = ((char)('a' + i)).ToString();
            _relays.Add(new Relay(name, host, string.Create(CultureInfo.InvariantCulture, $"{host.Address}:{(slow ? SlowPort : ExchangePort)}")));
            await _relays[i].RouteAsync(SenderNetwork);
            _pki.Issue(name, $"operator-{name}", host.Address.ToString());
            if (slow)
            {
                _parts.Push(await SlowPath.OpenAsync(host, SlowPort, ExchangePort, seed: i));
            }
        }

        foreach (var relay in _relays)
        {
            await StartAsync(relay);
        }

        // The last node is linked with all others. The others may not be linked with each other yet.
        foreach (var (relay, other) in _relays.SelectMany(r => _relays.Where(o => o != r).Select(o => (r, o))))
        {
            await relay.Process!.LogLineAsync($"a link to {other.Name}", l => l.EventId == PeerJoined && l.Message.Contains($"peer {other.Name} of", StringComparison.Ordinal));
        }
    }

    /// <summary>One node.</summary>
    /// <param name="Address">The address of its exchange.</param>
    internal sealed record Relay(string Name, NetworkHost Host, string Address)
    {
        public TemporaryFolder Folder { get; } = new();

        public NodeProcess? Process { get; set; }

        public async Task RouteAsync(string network) =>
            (await Tool.RunAsync("ip", ["route", "add", network, "dev", "eth0"], host: Host)).Expect(0);

        /// <summary>Cuts its network connection.</summary>
        public async Task CutOffAsync() => (await Tool.RunAsync("ip", ["link", "set", "eth0", "down"], host: Host)).Expect(0);

        /// <summary>Restores its network connection.</summary>
        public async Task HealAsync()
        {
            (await Tool.RunAsync("ip", ["link", "set", "eth0", "up"], host: Host)).Expect(0);
            await RouteAsync(SenderNetwork);
        }

        /// <summary>The counts of an address, by the admin API: own attempts an hour, and reported attempts an hour.</summary>
        public async Task<(double Own, double Others)> CountAsync(IPAddress address)
        {
            var block = JsonElement.Parse((await Tool.RunAsync(Curl, ["-s", $"http://127.0.0.1:8025/api/block/{address}"], host: Host)).Expect(0).Output);
            var host = block.GetProperty("levels")[0];
            return (host.GetProperty("ownPerHour").GetDouble(), host.GetProperty("othersPerHour").GetDouble());
        }

        /// <summary>Waits until other nodes have reported attempts.</summary>
        public Task KnowsAsync(IPAddress address, double othersPerHour) => Eventually.FindAsync(
            $"{Name} to know of {address}", async () => (await CountAsync(address)).Others >= othersPerHour ? "yes" : null);
    }
}
