using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.TestKit;

/// <summary>A whole node in this process that shares counts, on free ports of the loopback interface.</summary>
internal sealed class ExchangeNode : IAsyncDisposable
{
    public static readonly TimeSpan Patience = Eventually.Patience;

    private readonly NodeHost _host;
    private int _sent;

    private ExchangeNode(string name, NodeHost host, CapturedLog log) => (Name, _host, Log) = (name, host, log);

    public string Name { get; }

    public CapturedLog Log { get; }

    public IPEndPoint Smtp => _host.Smtp[0];

    public string Address => _host.Exchange!.ToString();

    public string Dashboard => _host.Admin!.ToString();

    public IServiceProvider Services => _host.Services;

    public NodeThrottle Throttle => Services.GetRequiredService<NodeThrottle>();

    /// <param name="data">The data directory, which outlives the node.</param>
    /// <param name="change">Changes the usual configuration.</param>
    /// <param name="time">The node's clock, if not the system's.</param>
    /// <exception cref="StartException">The node does not start.</exception>
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
        var log = new CapturedLog();
        return new ExchangeNode(name, await RunningHost.StartAsync(configuration, log, time), log);
    }

    /// <summary>Waits until each of the nodes has joined each other one.</summary>
    public static Task LinkedAsync(params IReadOnlyList<ExchangeNode> nodes) =>
        Task.WhenAll(nodes.SelectMany(node => nodes.Where(other => other != node).Select(other => node.JoinedAsync(other.Name))));

    /// <summary>Waits until a peer has joined.</summary>
    /// <param name="peer">Its name, or "NAME of OPERATOR".</param>
    public Task JoinedAsync(string peer) => Log.LineAsync(4010, $"peer {peer} ");

    /// <summary>Counts attempts of a host as SMTP sessions do, and waits until all peers have acknowledged them and sent their own.</summary>
    public async Task<Attempt> RegisterAsync(IpBlock host, int times = 1)
    {
        var attempt = default(Attempt);
        for (var i = 0; i < times; i++)
        {
            attempt = Throttle.Register(host, new Mailbox("ann", "example.org"), new Mailbox($"user{_sent++}", "example.net"));
        }

        try
        {
            await Services.GetRequiredService<HoldGate>().WhenComplete(attempt.Batch).WaitAsync(Patience);
            return attempt;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"the hold for batch {attempt.Batch} of node {Name} did not end; its log:\n{string.Join('\n', Log.Lines.Select(l => $"{l.Event} {l.Message}"))}");
        }
    }

    /// <summary>Registers one attempt of a host, holds it at most as long as a session would, and judges it.</summary>
    public async Task<Verdict> AttemptAsync(IpBlock host)
    {
        var attempt = Throttle.Register(host, new Mailbox("ann", "example.org"), new Mailbox($"user{Interlocked.Increment(ref _sent)}", "example.net"));
        await Services.GetRequiredService<HoldGate>().WhenComplete(attempt.Batch).WaitAsync(CountingLimits.Default.Hold).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Throttle.Judge(attempt);
    }

    /// <summary>This node's own count of a host and the other nodes', in units.</summary>
    public (double Own, double Others) Count(IpBlock host)
    {
        var counts = Throttle.Describe(host).Counts;
        return (counts.Own, counts.Others);
    }

    /// <summary>Waits until the other nodes have reported so many units of a host. They are whole ones, less what has decayed since.</summary>
    public async Task KnowsAsync(IpBlock host, int others)
    {
        try
        {
            await Eventually.HoldsAsync($"{others} reported units of {host} at node {Name}", () => Count(host).Others > others - 0.5);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}, which has {Count(host).Others}", e);
        }
    }

    public Task StopAsync() => _host.StopAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
