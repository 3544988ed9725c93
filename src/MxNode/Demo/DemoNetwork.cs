using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Demo;

/// <summary>A relay, its DNS and a destination in this process on free ports, with real SMTP and DNS between them.</summary>
internal sealed class DemoNetwork : IAsyncDisposable
{
    private const string MagicName = "throttle-mx.test";
    private const string RealName = "mail.example.test";
    private const uint Ttl = 60;

    private readonly string _data = Directory.CreateTempSubdirectory("throttlenet-demo-").FullName;
    private readonly DemoDestination _destination = new(DemoActors.People);
    private DnsListener? _dns;
    private NodeHost? _node;

    public IReadOnlyList<IPEndPoint> Nodes => _node!.Smtp;

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
        _node = NodeHost.Create(Configuration(_dns.EndPoint), TimeProvider.System, logging => logging.ClearProviders());
        await _node.StartAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.StopAsync();
            await _node.DisposeAsync();
        }

        if (_dns is not null)
        {
            await _dns.DisposeAsync();
        }

        await _destination.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    // The defaults, but for what would make the demo long: delays are a tenth or so.
    private NodeConfiguration Configuration(IPEndPoint dns) => new()
    {
        Node = new() { Name = "demo", HostName = MagicName, DataDirectory = _data },
        Network = new() { Names = [MagicName] },
        Smtp = new() { Listen = [new(IPAddress.Loopback, 0)], GreetDelay = TimeSpan.FromMilliseconds(500) },
        Dns = new() { Servers = [dns.ToString()] },
        Relay = new() { Port = _destination.EndPoint.Port, AllowPrivateDestinations = true },
        Throttle = new() { Hold = TimeSpan.FromMilliseconds(500), MaxDelay = TimeSpan.FromSeconds(8) },
        Trust = new() { Entries = [DemoActors.ListHost.ToString()] },
        Admin = new() { Listen = null },
    };
}
