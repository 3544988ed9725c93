using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Cluster.Members;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.TestKit;

/// <summary>Whole nodes in this process that form a cluster, with their members in a file.</summary>
internal sealed class ClusterNodes : IAsyncDisposable
{
    private const int Joined = 9000;

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, ClusterNodeHost> _nodes = [];
    private int _sent;

    public ClusterNodeHost this[string name] => _nodes[name];

    public IEnumerable<ClusterNodeHost> All => _nodes.Values;

    /// <summary>The file with the list of members.</summary>
    public string Members => _folder.File("members.json");

    /// <summary>A node's data directory.</summary>
    public string Data(string name) => _folder.File(name);

    /// <summary>Starts a node, and waits until it takes part.</summary>
    /// <param name="change">Changes the usual configuration.</param>
    /// <param name="takesPart">False for a node that will not take part.</param>
    public async Task<ClusterNodeHost> StartAsync(string name, Func<NodeConfiguration, NodeConfiguration>? change = null, bool takesPart = true)
    {
        var configuration = new NodeConfiguration
        {
            Node = new() { Name = name, HostName = $"{name}.throttle-mx.test", DataDirectory = _folder.Make(name) },
            Smtp = new() { Listen = [new(IPAddress.Loopback, 0)], GreetDelay = TimeSpan.Zero, MaxConnectionsPerBlock = 1000 },
            Admin = new() { Listen = null },
            Cluster = new() { Name = "test", Listen = new(IPAddress.Loopback, Ports.Free()), Members = $"file:{Members}" },
        };
        configuration = change?.Invoke(configuration) ?? configuration;
        var log = new CapturedLog();
        var node = new ClusterNodeHost(name, await RunningHost.StartAsync(configuration, log), log);
        lock (_nodes)
        {
            _nodes[name] = node;
        }

        if (takesPart)
        {
            await log.LineAsync(Joined, "takes part");
        }

        return node;
    }

    /// <summary>Stops a node in good order; its data stay.</summary>
    public async Task StopAsync(string name)
    {
        _nodes.Remove(name, out var node);
        await node!.Host.StopAsync();
        await node.DisposeAsync();
    }

    /// <summary>Writes into the membership that a silo is dead, as other silos do.</summary>
    public async Task DeclareDeadAsync(string name)
    {
        var table = new FileMembershipTable(Members, TimeProvider.System);
        await Eventually.HoldsAsync("the row to change", async () =>
        {
            var rows = await table.ReadAll();
            var (entry, etag) = rows.Members.First(m => m.Item1.SiloName.StartsWith(name, StringComparison.Ordinal) && m.Item1.Status == SiloStatus.Active);
            entry.Status = SiloStatus.Dead;
            return await table.UpdateRow(entry, etag, rows.Version.Next());
        });
    }

    /// <summary>Waits until every node sees all others and has its place in the order of every shard.</summary>
    public async Task ReadyAsync()
    {
        var probes = Enumerable.Range(0, 64).Select(i => IpBlock.Of(new IPAddress([10, (byte)i, 0, 1]))).ToList();
        await Eventually.HoldsAsync("all nodes to see all others", () => All.All(n => n.LiveNodes == _nodes.Count));
        await Eventually.HoldsAsync("a valid order of all shards", () => All.All(n => n.SettledShards == new ClusterOptions().Shards));
        await Eventually.HoldsAsync("an order in all shards", async () =>
        {
            var before = All.Select(n => n.Unordered).Sum();
            await Task.WhenAll(All.SelectMany(n => probes.Select(p => AttemptAsync(n, p))));
            return All.Select(n => n.Unordered).Sum() == before;
        });
    }

    /// <summary>Registers one attempt of a host at a node, holds it, and judges it. Each attempt has its own recipient.</summary>
    public async Task<Verdict> AttemptAsync(ClusterNodeHost node, IpBlock host)
    {
        var attempt = node.Throttle.Register(host, new Mailbox("ann", "example.org"), new Mailbox($"user{Interlocked.Increment(ref _sent)}", "example.net"));
        await node.Services.GetRequiredService<IHoldGate>().WhenComplete(attempt.Batch).WaitAsync(Eventually.Patience);
        return node.Throttle.Judge(attempt);
    }

    /// <summary>Uses one unit of a host's trusted quota at a node, and holds it.</summary>
    /// <param name="perHour">The quota, recipients an hour; half of it may come at once.</param>
    /// <returns>Whether it was within the quota.</returns>
    public static async Task<bool> UseQuotaAsync(ClusterNodeHost node, IpBlock host, int perHour)
    {
        if (node.Throttle.RegisterQuota(host, perHour) is not { } attempt)
        {
            return false;
        }

        await node.Services.GetRequiredService<IHoldGate>().WhenComplete(attempt.Batch).WaitAsync(Eventually.Patience);
        return node.Throttle.IsWithinQuota(attempt, perHour);
    }

    /// <summary>Waits until all nodes have the same count of a host: so many units, less what has decayed since.</summary>
    public Task AgreeAsync(IpBlock host, double units) => Eventually.HoldsAsync(
        $"{units} units of {host} at all nodes: {string.Join(", ", All.Select(n => $"{n.Name} {n.Count(host)}"))}",
        () => All.Select(n => n.Count(host)).ToList() is var counts && counts.Max() - counts.Min() < 0.01 * units && Math.Abs(counts.Max() - units) < 0.1 * units);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Values.Select(n => n.DisposeAsync().AsTask()));
        _folder.Dispose();
    }
}
