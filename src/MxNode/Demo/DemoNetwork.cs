using System.Net;
using System.Net.Sockets;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Demo;

/// <summary>
/// Four relays of three operators (two are a cluster), their DNS, and a destination with its guard: all in this process, on free ports, with real
/// SMTP, DNS and mutual TLS between them. The node with the guard also serves the direct map of a trusted sender.
/// </summary>
internal sealed class DemoNetwork : IAsyncDisposable
{
    // The operator whose relays are a cluster, and the cluster's name.
    private const string Cluster = "gamma";
    private const string MagicName = "throttle-mx.test";
    private const string RealName = "mail.example.test";
    private const uint Ttl = 60;

    private static readonly IReadOnlyList<(string Name, string Operator)> Relays = [("a", "alpha"), ("b", "beta"), ("c", Cluster), ("d", Cluster)];
    private static readonly TimeSpan AgreeTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly string _data = Directory.CreateTempSubdirectory("throttlenet-demo-").FullName;
    private readonly DemoDestination _destination = new(DemoActors.People);
    private readonly DemoAdmin _admin = new();
    private readonly SemaphoreSlim _saying = new(1);
    private readonly List<NodeHost> _nodes = [];
    private DnsListener? _dns;
    private NodeHost? _guard;

    public IReadOnlyList<IPEndPoint> Nodes => _nodes.ConvertAll(n => n.Smtp[0]);

    /// <summary>Where the domain's real MX listens.</summary>
    public IPEndPoint RealMx => _destination.EndPoint;

    /// <summary>Messages that the domain's real MX has taken.</summary>
    public int Arrived => _destination.Messages;

    public async Task StartAsync(CancellationToken cancel)
    {
        await _destination.StartAsync();
        var zone = new StaticZone("test", [
            new MxRecord(DemoActors.Domain, Ttl, 0, MagicName),
            new MxRecord(DemoActors.Domain, Ttl, 10, RealName),
            new AddressRecord(MagicName, Ttl, IPAddress.Loopback),
            new AddressRecord(RealName, Ttl, IPAddress.Loopback),
        ]);
        _dns = DnsListener.Start(new IPEndPoint(IPAddress.Loopback, 0), zone.Answer);
        var pki = new DemoPki(_data, MagicName);
        foreach (var (name, owner) in Relays)
        {
            var node = NodeHost.Create(Configuration(_dns.EndPoint, name, owner == Cluster, pki.Issue(name, owner)), TimeProvider.System, logging => logging.ClearProviders());
            _nodes.Add(node);
            await node.StartAsync(cancel);
        }

        await MeetAsync(cancel);
        _guard = NodeHost.Create(GuardConfiguration(_dns.EndPoint, pki.Issue("guard", "example", guard: true)), TimeProvider.System, logging => logging.ClearProviders());
        await _guard.StartAsync(cancel);
        _destination.Guard = _guard.Guard[0];
    }

    /// <summary>Enrols a host at the first relay; returns when all relays trust it.</summary>
    public Task EnrolAsync(IPAddress host, CancellationToken cancel) => SayAsync(() => _admin.EnrolAsync(_nodes[0], host), host, trusted: true, cancel);

    /// <summary>Revokes a host at the last relay; returns when no relay trusts it.</summary>
    public Task RevokeAsync(IPAddress host, CancellationToken cancel) => SayAsync(() => _admin.RevokeAsync(_nodes[^1], host), host, trusted: false, cancel);

    /// <summary>Asks the direct map how a trusted sender's mail server reaches the domain.</summary>
    /// <returns>The transport to the real MX; null if the map has none.</returns>
    public Task<string?> FindDirectAsync() => DemoPostfix.FindRouteAsync(_guard!.Direct[0], DemoActors.Domain);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _guard is null ? _nodes : _nodes.Prepend(_guard))
        {
            await node.StopAsync();
            await node.DisposeAsync();
        }

        _admin.Dispose();
        _saying.Dispose();
        if (_dns is not null)
        {
            await _dns.DisposeAsync();
        }

        await _destination.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    // One statement at a time: an author's log has one writer.
    private async Task SayAsync(Func<Task> say, IPAddress host, bool trusted, CancellationToken cancel)
    {
        await _saying.WaitAsync(cancel);
        try
        {
            await say();
            await UntilAsync(node => Task.FromResult(node.Services.GetRequiredService<TrustBook>().Find(host) is not null == trusted), cancel);
        }
        finally
        {
            _saying.Release();
        }
    }

    // Returns when each relay has a link to every other one, and the nodes of the cluster see each other.
    private Task MeetAsync(CancellationToken cancel) => UntilAsync(
        async node => (await node.Services.GetRequiredService<Neighbours>().DescribeAsync()).Peers.Count(p => p.State == NeighbourReport.Ready) == Relays.Count - 1
            && (node.Services.GetService<ClusterMonitor>() is not { } cluster || cluster.LiveNodes == Relays.Count(r => r.Operator == Cluster)),
        cancel);

    private async Task UntilAsync(Func<NodeHost, Task<bool>> holds, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(AgreeTime);
        using var timer = new PeriodicTimer(LookEvery, TimeProvider.System);
        foreach (var node in _nodes)
        {
            while (!await holds(node))
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
        }
    }

    // The default settings, but for shorter waits, so that the demo takes about half a minute.
    private NodeConfiguration Configuration(IPEndPoint dns, string name, bool isInCluster, (string Certificate, string Key, string Authority) pki) => new()
    {
        Node = new() { Name = name, HostName = $"{name}.{MagicName}", DataDirectory = Path.Combine(_data, name) },
        Network = new() { Names = [MagicName] },
        Smtp = new() { Listen = [new(IPAddress.Loopback, 0)], GreetDelay = TimeSpan.FromMilliseconds(500) },
        Dns = new() { Servers = [dns.ToString()] },
        Relay = new() { Port = _destination.EndPoint.Port, AllowPrivateDestinations = true },
        Throttle = new() { Hold = TimeSpan.FromSeconds(4), MaxDelay = TimeSpan.FromSeconds(4) },
        Exchange = new()
        {
            Listen = new(IPAddress.Loopback, 0),
            Peers = [.. _nodes.Take(1).Select(n => n.Exchange!.ToString())],
            Certificate = pki.Certificate,
            Key = pki.Key,
            Authority = pki.Authority,
            BatchInterval = TimeSpan.FromMilliseconds(200),
        },
        Cluster = isInCluster ? new() { Name = Cluster, Listen = FreeEndPoint(), Members = $"file:{Path.Combine(_data, "members.json")}" } : new(),
        Trust = new() { Roots = [_admin.Id] },
        Admin = new() { Listen = null },
    };

    // The cluster's members know each other's ports before they listen, so the system cannot choose them at the moment of listening.
    private static IPEndPoint FreeEndPoint()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    // This node relays and counts nothing: its guard asks the relays.
    private NodeConfiguration GuardConfiguration(IPEndPoint dns, (string Certificate, string Key, string Authority) pki) => new()
    {
        Node = new() { Name = "guard", HostName = "guard.example.test", DataDirectory = Path.Combine(_data, "guard") },
        Network = new() { Names = [MagicName] },
        Smtp = new() { Listen = [] },
        Dns = new() { Servers = [dns.ToString()] },
        Exchange = new() { Certificate = pki.Certificate, Key = pki.Key, Authority = pki.Authority },
        Trust = new() { Entries = [IPAddress.Loopback.ToString()] }, // the relays, which share an address with the guard here
        Guard = new() { Listen = [new(IPAddress.Loopback, 0)], CourtesyInterval = TimeSpan.Zero, Relays = [.. _nodes.Select(n => n.Exchange!.ToString())] },
        Direct = new() { Listen = [new(IPAddress.Loopback, 0)] },
        Admin = new() { Listen = null },
    };
}
