using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>A whole node in this process, on free ports of the loopback interface.</summary>
internal sealed class ExchangeNode : IAsyncDisposable
{
    /// <summary>Far more than anything takes, so that a slow, loaded machine is no reason to fail.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly NodeHost _host;
    private int _sent;

    private ExchangeNode(NodeHost host, CapturedLog log) => (_host, Log) = (host, log);

    public CapturedLog Log { get; }

    public IPEndPoint Smtp => _host.Smtp[0];

    public string Address => _host.Exchange!.ToString();

    public string Dashboard => _host.Admin!.ToString();

    public IServiceProvider Services => _host.Services;

    public MxNode.Throttle.Throttle Throttle => Services.GetRequiredService<MxNode.Throttle.Throttle>();

    /// <param name="data">Outlives the node.</param>
    /// <param name="change">Last changes to its configuration.</param>
    /// <param name="time">Its clock, if not the system's.</param>
    public static async Task<ExchangeNode> StartAsync(
        TestPki pki, string name, string @operator, string data, IEnumerable<string> peers, Func<NodeConfiguration, NodeConfiguration>? change = null,
        TimeProvider? time = null)
    {
        var (certificate, key) = File.Exists(pki.File(name + ".pem")) ? (pki.File(name + ".pem"), pki.File(name + ".key")) : pki.Issue(name, @operator);
        var configuration = new NodeConfiguration
        {
            Node = new() { Name = name, HostName = $"{name}.throttle-mx.test", DataDirectory = data },
            Smtp = new() { Listen = [new(IPAddress.Loopback, 0)], GreetDelay = TimeSpan.Zero, MaxConnectionsPerBlock = 1000 },
            Admin = new() { Listen = null },
            Exchange = new() { Listen = new(IPAddress.Loopback, 0), Peers = [.. peers], Certificate = certificate, Key = key, Authority = pki.Authority },
        };
        configuration = change?.Invoke(configuration) ?? configuration;
        Assert.Empty(configuration.Validate());
        var log = new CapturedLog();
        var host = NodeHost.Create(configuration, time ?? TimeProvider.System, logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        var node = new ExchangeNode(host, log);
        try
        {
            await host.StartAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a peer has joined.</summary>
    public Task JoinedAsync(string peer) => Log.LineAsync(4010, $"peer {peer} ");

    /// <summary>Counts attempts of a host as SMTP sessions do, and waits until every peer knows of them, and this node of theirs.</summary>
    public async Task<Attempt> RegisterAsync(IpBlock host, int times = 1)
    {
        var attempt = default(Attempt);
        for (var i = 0; i < times; i++)
        {
            attempt = Throttle.Register(host, new Mailbox("ann", "example.org"), new Mailbox($"user{_sent++}", "example.net"));
        }

        await Services.GetRequiredService<HoldGate>().WhenComplete(attempt.Batch).WaitAsync(Patience);
        return attempt;
    }

    /// <summary>What this node thinks of a host: its own count and the others', in units.</summary>
    public (double Own, double Others) Count(IpBlock host)
    {
        var counts = Throttle.Describe(host).Levels[0].Counts;
        return (counts.Own, counts.Others);
    }

    /// <summary>Waits until it has heard of so many units elsewhere.</summary>
    public async Task KnowsAsync(IpBlock host, double others)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (Count(host).Others < others - 0.1 && TimeProvider.System.GetElapsedTime(since) < Patience)
        {
            await Task.Yield();
        }
    }

    public Task StopAsync() => _host.StopAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
