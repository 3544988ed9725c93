using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>Whole nodes of one cluster in one process.</summary>
[Trait("Category", "Slow")]
[Collection(SiloTests.Name)]
public sealed class ClusterNodesTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("198.51.100.7"));
    private static readonly IpBlock Other = IpBlock.Of(IPAddress.Parse("203.0.113.7"));

    // Recipients that one host may send at once, and one more once the first have decayed by a tenth of a second.
    private const int Burst = 10;
    private const int BurstAndOne = 11;

    [Fact]
    public async Task Of_a_spray_over_three_nodes_one_burst_passes_and_all_nodes_count_it_alike()
    {
        await using var cluster = await StartAsync("a", "b", "c");
        Assert.InRange(await SprayAsync(cluster, Host, 300), Burst, BurstAndOne);
        await cluster.AgreeAsync(Host, 300);
    }

    [Fact]
    public async Task A_node_that_joins_knows_what_the_others_counted()
    {
        await using var cluster = await StartAsync("a", "b");
        Assert.InRange(await SprayAsync(cluster, Host, 8), 8, 8);
        await cluster.StartAsync("c");
        await cluster.AgreeAsync(Host, 8);
        Assert.InRange(await SprayAsync(cluster, Host, 60), 2, 3);
        await cluster.AgreeAsync(Host, 68);
    }

    [Fact]
    public async Task A_node_that_stops_hands_its_shards_and_its_last_counts_over()
    {
        await using var cluster = await StartAsync("a", "b", "c");
        Assert.InRange(await SprayAsync(cluster, Host, 6), 6, 6);
        await cluster.StopAsync("a");
        var unordered = cluster.All.Sum(n => n.Unordered);
        Assert.InRange(await SprayAsync(cluster, Host, 60), 4, 5);
        Assert.Equal(unordered, cluster.All.Sum(n => n.Unordered)); // the order went on elsewhere
        await cluster.AgreeAsync(Host, 66);
        await cluster.StartAsync("a");
        await cluster.AgreeAsync(Host, 66);
        Assert.Equal(0, await SprayAsync(cluster, Host, 9));
    }

    // Orleans' default directory drops the shards of silos that go on, when the silo ends that knew where they are.
    [Fact]
    public async Task The_logs_of_all_shards_go_on_when_a_node_stops()
    {
        await using var cluster = await StartAsync("a", "b", "c");
        var before = await LogsOfAsync(cluster);
        await cluster.StopAsync("a");
        await cluster.ReadyAsync();
        Assert.Equal(before.Select(l => (l.Shard, l.Generation)), (await LogsOfAsync(cluster)).Select(l => (l.Shard, l.Generation)));
    }

    [Fact]
    public async Task The_logs_of_the_other_silos_go_on_when_one_is_declared_dead()
    {
        await using var cluster = await StartAsync("a", "b", "c");
        var before = await LogsOfAsync(cluster);
        await cluster.DeclareDeadAsync("a");
        await cluster["a"].Log.UntilAsync(9000, 2);
        await cluster.ReadyAsync();
        var others = before.Where(l => l.Node != "a").Select(l => (l.Shard, l.Generation)).ToHashSet();
        Assert.NotEmpty(others);
        Assert.Subset((await LogsOfAsync(cluster)).Select(l => (l.Shard, l.Generation)).ToHashSet(), others);
    }

    [Fact]
    public async Task A_silo_that_is_told_it_is_dead_is_replaced_and_the_node_counts_on()
    {
        await using var cluster = await StartAsync("a", "b");
        await cluster.DeclareDeadAsync("a");
        await cluster["a"].Log.LineAsync(9001, "mail goes on");
        await cluster["a"].Log.UntilAsync(9000, 2);
        await cluster.ReadyAsync();
        Assert.InRange(await SprayAsync(cluster, Host, 60), Burst, BurstAndOne);
        await cluster.AgreeAsync(Host, 60);
    }

    [Fact]
    public async Task When_all_silos_are_told_they_are_dead_mail_goes_on_and_the_counts_are_whole_afterwards()
    {
        await using var cluster = await StartAsync("a", "b");
        Assert.InRange(await SprayAsync(cluster, Host, 4), 4, 4);
        await cluster.DeclareDeadAsync("a");
        await cluster.DeclareDeadAsync("b");
        Assert.InRange(await SprayAsync(cluster, Host, 60), 1, 2 * BurstAndOne); // perhaps without an order
        foreach (var node in cluster.All)
        {
            await node.Log.UntilAsync(9000, 2);
        }

        await cluster.ReadyAsync();
        await cluster.AgreeAsync(Host, 64);
        Assert.Equal(0, await SprayAsync(cluster, Host, 20));
    }

    [Fact]
    public async Task A_node_that_joins_anew_judges_the_attempts_that_wait_and_the_others_call_its_new_start()
    {
        await using var cluster = await StartAsync("a", "b");
        var calls = cluster["a"].Services.GetRequiredService<ShardCalls>();
        var silo = calls.Silo!;
        calls.Silo = null; // no push is answered
        var attempts = Enumerable.Range(0, 20).Select(_ => cluster.AttemptAsync(cluster["a"], Host)).ToList();
        cluster["a"].Services.GetRequiredService<ClusterInputs>().Post(loop =>
        {
            calls.Silo = silo;
            loop.JoinAnew();
        });
        await Task.WhenAll(attempts);
        var start = new NodeId("a", cluster["a"].Services.GetRequiredService<NodeStart>().Incarnation);
        await Eventually.HoldsAsync("the new start to be in the membership", () => cluster["b"].Services.GetRequiredService<ShardCalls>().Silo!.AddressOf(start) is not null);
        await cluster.ReadyAsync();
        Assert.InRange(await SprayAsync(cluster, Other, 60), Burst, BurstAndOne);
        await cluster.AgreeAsync(Other, 60);
    }

    [Fact]
    public async Task Two_nodes_divide_the_sessions_with_a_next_hop_and_one_of_them_gets_all_when_the_other_needs_none()
    {
        await using var cluster = await StartAsync("a", "b");
        var hop = IPEndPoint.Parse("192.0.2.25:25");
        var most = new RelayOptions().MaxSessions;
        var nodes = cluster.All.ToList();
        var shares = nodes.ConvertAll(n => n.Services.GetRequiredService<IHopShares>());
        shares[0].Report(hop, inUse: 0, wanted: most);
        await Eventually.HoldsAsync("all sessions for one node", () => shares[0].Of(hop) == most);
        shares[1].Report(hop, inUse: 0, wanted: most);
        await Eventually.HoldsAsync("equal parts", () => shares.TrueForAll(s => s.Of(hop) == most / 2));
        shares[1].Report(hop, inUse: 0, wanted: 0);
        await Eventually.HoldsAsync("all sessions for one node again", () => shares[0].Of(hop) == most);
        Assert.Equal(1, shares[1].Of(hop));

        // While the grain is away, a node takes an equal part.
        nodes[0].Services.GetRequiredService<ShardCalls>().Silo = null;
        await Eventually.HoldsAsync("an equal part", () => shares[0].Of(hop) == most / 2);
    }

    [Fact]
    public async Task A_node_without_a_cluster_has_none_of_its_parts()
    {
        using var folder = new TemporaryFolder();
        await using var node = await RunningHost.StartAsync(
            new NodeConfiguration
            {
                Node = new() { Name = "a", HostName = "a.throttle-mx.test", DataDirectory = folder.Path },
                Smtp = new() { Listen = [new(IPAddress.Loopback, 0)] },
                Admin = new() { Listen = null },
            },
            new CapturedLog());
        Assert.Null(node.Services.GetService<ClusterLoop>());
        Assert.Null(node.Services.GetService<IHoldGate>());
        Assert.DoesNotContain(node.Services.GetServices<IHostedService>(), s => s.GetType().Namespace!.Contains("Cluster", StringComparison.Ordinal));
        Assert.Null(node.Services.GetService<IGrainFactory>());
    }

    // The log of each shard, when none is to move to another silo. Each silo answers a reader that it does not know with the generation of the log.
    private static async Task<List<(int Shard, ulong Generation, string Node)>> LogsOfAsync(ClusterNodes cluster)
    {
        var push = new Push(new NodeId("reader", 1), 1, Generation: null, 0, [], Resent: false, Links: null, View: null, []);
        var shards = new ClusterOptions().Shards;
        List<(int Shard, ulong Generation, string Node)> logs = [];
        await Eventually.HoldsAsync("each shard to be at its owner", () =>
        {
            logs = [.. cluster.All.SelectMany(LogsAt).Order()];
            return logs.Count == shards;
        });
        return logs;

        IEnumerable<(int Shard, ulong Generation, string Node)> LogsAt(ClusterNodeHost node)
        {
            if (node.Services.GetRequiredService<ShardCalls>().Silo is not { } silo)
            {
                yield break;
            }

            var owners = node.Services.GetRequiredService<ShardOwners>();
            foreach (var shard in Enumerable.Range(0, shards).Where(s => owners.OwnerElsewhere(silo.Shard(s).GetGrainId(), silo.Self) is null))
            {
                if (silo.Hosted.Push(shard, push) is { } reply)
                {
                    yield return (shard, reply.Generation.Value, node.Name);
                }
            }
        }
    }

    private static async Task<ClusterNodes> StartAsync(params string[] names)
    {
        var cluster = new ClusterNodes();
        await Task.WhenAll(names.Select(name => cluster.StartAsync(name)));
        await cluster.ReadyAsync();
        return cluster;
    }

    // Sends all attempts at once, evenly over the nodes, and counts those that pass.
    private static async Task<int> SprayAsync(ClusterNodes cluster, IpBlock host, int attempts)
    {
        var nodes = cluster.All.ToList();
        var verdicts = await Task.WhenAll(Enumerable.Range(0, attempts).Select(i => Task.Run(() => cluster.AttemptAsync(nodes[i % nodes.Count], host))));
        return verdicts.Count(v => v.Passes);
    }
}
