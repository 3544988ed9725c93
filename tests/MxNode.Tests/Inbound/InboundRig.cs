using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting.Batches;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>
/// A whole node on free ports with two next hops, a DNS and a clock that the test controls. Without changes it
/// neither holds nor slows. A line that it logs as an error fails the test.
/// </summary>
internal sealed class InboundRig : IAsyncDisposable
{
    /// <summary>Limits that no test reaches.</summary>
    public static readonly ThrottleOptions NoThrottle = new()
    {
        Hold = TimeSpan.Zero,
        Host = new() { Soft = 1e6f, Hard = 2e6f, Day = 1e9f },
        Site = new() { Soft = 1e6f, Hard = 2e6f, Day = 1e9f },
        Region = new() { Soft = 1e6f, Hard = 2e6f, Day = 1e9f },
        MaxEnvelopes = 1024,
        MaxRows = 10_000,
    };

    // Longer than any wait of the node itself, so that a test can distinguish its waits from its limits.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder _folder = new();
    private readonly List<RawClient> _clients = [];
    private readonly DnsListener _dns;
    private NodeHost? _node;
    private Task? _stopped;

    private InboundRig() => _dns = DnsListener.Start(new IPEndPoint(IPAddress.Loopback, 0), query => Resolve(query));

    public FakeTimeProvider Clock { get; } = new();

    public CapturedLog Log { get; } = new();

    /// <summary>The next hop of example.com and example.org.</summary>
    public ScriptedHop Hop { get; } = new();

    /// <summary>The next hop of elsewhere.test.</summary>
    public ScriptedHop OtherHop { get; } = new();

    /// <summary>The DNS that the node queries.</summary>
    public Func<DnsMessage, DnsMessage?> Resolve { get; set; } = new StaticZone("").Answer;

    public NodeHost Node => _node!;

    public string DataDirectory => _folder.Path;

    /// <summary>The test is about a fault that the node logs as an error.</summary>
    public bool ExpectsErrors { get; set; }

    /// <summary>The log lines of sessions that are over.</summary>
    public async Task<IReadOnlyList<string>> SessionsAsync(int sessions = 1) => [.. (await Log.UntilAsync(1000, sessions)).Select(e => e.Message)];

    public static async Task<InboundRig> StartAsync(Func<NodeConfiguration, NodeConfiguration>? change = null, params IEnumerable<TestHook> hooks)
    {
        var rig = new InboundRig();
        var usual = new NodeConfiguration
        {
            Node = new() { Name = "test", HostName = "a.node.test", DataDirectory = rig._folder.Path },
            Network = new() { Names = ["throttle-mx.test"] },
            Smtp = new() { Listen = [new(IPAddress.Loopback, 0)], GreetDelay = TimeSpan.Zero },
            Dns = new() { Servers = [rig._dns.EndPoint.ToString()], Timeout = Patience, Deadline = Patience },
            Relay = new()
            {
                Authentication = AuthenticationMode.Off, // messages go out as they are
                Port = rig.Hop.EndPoint.Port,
                AllowPrivateDestinations = true,
                ConnectTimeout = Patience,
                SessionTimeout = Patience,
                HelloTimeout = Patience,
                CommandTimeout = Patience,
                DataTimeout = Patience,
                SessionWait = Patience,
                IdleTimeout = Patience,
                Routes = new Dictionary<string, string>
                {
                    ["example.com"] = rig.Hop.EndPoint.ToString(),
                    ["example.org"] = rig.Hop.EndPoint.ToString(),
                    ["elsewhere.test"] = rig.OtherHop.EndPoint.ToString(),
                },
            },
            Throttle = NoThrottle,
            Admin = new() { Listen = null },
        };
        rig._node = await RunningHost.StartAsync(change?.Invoke(usual) ?? usual, rig.Log, rig.Clock, logging =>
        {
            logging.AddFilter("Microsoft", LogLevel.Warning);
            logging.Services.AddSingleton<ISharedCounts, Outbox>().AddSingleton<IHoldGate, HoldGate>(); // as in a network that never acknowledges: each hold lasts its full time
            foreach (var hook in hooks)
            {
                logging.Services.AddSingleton<HookFactory>(hook.Create);
            }
        }, validate: false); // Patience is out of some settings' range
        return rig;
    }

    public async Task<RawClient> ConnectAsync(string from = "127.0.0.1")
    {
        var client = await RawClient.ConnectAsync(Node.Smtp[0], from);
        _clients.Add(client);
        return client;
    }

    /// <summary>Asks the node to stop. Further calls have no effect.</summary>
    public Task StopAsync() => _stopped ??= Node.StopAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await StopAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await Node.DisposeAsync();
        await _dns.DisposeAsync();
        await Hop.DisposeAsync();
        await OtherHop.DisposeAsync();
        _folder.Dispose();
        if (!ExpectsErrors)
        {
            Assert.DoesNotContain(Log.Lines, entry => entry.Level >= LogLevel.Error);
        }
    }
}
