using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Demo;

/// <summary>Three relays of three operators, their DNS and a destination in this process on free ports, with real SMTP, DNS and mutual TLS between them.</summary>
internal sealed class DemoNetwork : IAsyncDisposable
{
    private const string MagicName = "throttle-mx.test";
    private const string RealName = "mail.example.test";
    private const uint Ttl = 60;

    private static readonly IReadOnlyList<(string Name, string Operator)> Relays = [("a", "alpha"), ("b", "beta"), ("c", "gamma")];
    private static readonly TimeSpan MeetingTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly string _data = Directory.CreateTempSubdirectory("throttlenet-demo-").FullName;
    private readonly DemoDestination _destination = new(DemoActors.People);
    private DnsListener? _dns;
    private readonly List<NodeHost> _nodes = [];

    public IReadOnlyList<IPEndPoint> Nodes => _nodes.ConvertAll(n => n.Smtp[0]);

    /// <summary>Messages that have come to the domain's real MX.</summary>
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
            var node = NodeHost.Create(Configuration(_dns.EndPoint, name, pki.Issue(name, owner)), TimeProvider.System, logging => logging.ClearProviders());
            _nodes.Add(node);
            await node.StartAsync(cancel);
        }

        await MeetAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.StopAsync();
            await node.DisposeAsync();
        }

        if (_dns is not null)
        {
            await _dns.DisposeAsync();
        }

        await _destination.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    // Until each relay has a link to each other one.
    private async Task MeetAsync(CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(MeetingTime);
        using var timer = new PeriodicTimer(LookEvery, TimeProvider.System);
        foreach (var node in _nodes)
        {
            var exchange = node.Services.GetRequiredService<ExchangeService>();
            while ((await exchange.DescribeAsync()).Peers.Count(p => p.State == "ready") < Relays.Count - 1)
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
        }
    }

    // The defaults, but for what would make the demo long: delays are a tenth or so.
    private NodeConfiguration Configuration(IPEndPoint dns, string name, (string Certificate, string Key, string Authority) pki) => new()
    {
        Node = new() { Name = name, HostName = $"{name}.{MagicName}", DataDirectory = Path.Combine(_data, name) },
        Network = new() { Names = [MagicName] },
        Smtp = new() { Listen = [new(IPAddress.Loopback, 0)], GreetDelay = TimeSpan.FromMilliseconds(500) },
        Dns = new() { Servers = [dns.ToString()] },
        Relay = new() { Port = _destination.EndPoint.Port, AllowPrivateDestinations = true },
        Throttle = new() { Hold = TimeSpan.FromSeconds(2), MaxDelay = TimeSpan.FromSeconds(8) },
        Exchange = new()
        {
            Listen = new(IPAddress.Loopback, 0),
            Peers = [.. _nodes.Take(1).Select(n => n.Exchange!.ToString())],
            Certificate = pki.Certificate,
            Key = pki.Key,
            Authority = pki.Authority,
            BatchInterval = TimeSpan.FromMilliseconds(200),
        },
        Trust = new() { Entries = [DemoActors.ListHost.ToString()] },
        Admin = new() { Listen = null },
    };
}
