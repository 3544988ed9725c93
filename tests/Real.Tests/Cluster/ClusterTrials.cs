using System.Net;
using ThrottleNet.Real.Tests.Exchange;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>
/// What a cluster of real processes must stand: each trial starts its nodes, disturbs them, and returns the most that passed, or how long the
/// cluster took. Tests run each once and assert what passed; the benchmark "cluster" runs each ten times and prints the worst.
/// </summary>
internal static class ClusterTrials
{
    private const int Messages = 1000;
    private const int NodesOfCluster = 3;
    private const int Burst = 10;

    // Messages before the kill of a speaker, and after it: together a burst, so that all pass.
    private const int Before = 4;
    private const int After = 6;

    // Attempts an hour of one unit, at first.
    private const double PerUnit = 2;

    private static readonly IPAddress Source = IPAddress.Parse("127.1.0.1");

    /// <summary>A thousand messages of one host, sprayed over three nodes at once.</summary>
    /// <returns>Messages that passed.</returns>
    public static async Task<int> SprayAsync()
    {
        await using var cluster = await LocalCluster.StartAsync("a", "b", "c");
        var spray = await cluster.SprayAsync(Source, Messages);
        Assert.Equal((0, 0), (spray.Refused, spray.Unreached));
        Assert.Equal(spray.Accepted, cluster.Arrived);
        await cluster.StopAsync();
        return cluster.Arrived;
    }

    /// <summary>The same, and one node is killed when it has counted some of them.</summary>
    public static async Task<int> KillAsync()
    {
        await using var cluster = await LocalCluster.StartAsync("a", "b", "c");
        var spraying = cluster.SprayAsync(Source, Messages);
        await Eventually.HoldsAsync("the spray to begin", async () => await cluster["c"].CountAsync(Source) > 0);
        await cluster["c"].KillAsync();
        await spraying;
        return cluster.Arrived;
    }

    /// <summary>A spray over two nodes while the third one is killed, which orders some of the shards.</summary>
    /// <returns>
    /// Messages that passed. Less than a burst only if attempts had no order when their hold ended, because the killed node's shards had no other host by then:
    /// such an attempt weighs as many as there are nodes.
    /// </returns>
    public static async Task<int> KillSpareAsync()
    {
        await using var cluster = await LocalCluster.StartAsync("a", "b", "c");
        var spraying = LocalCluster.SprayAsync(Source, Messages, [cluster["a"], cluster["b"]]);
        await Eventually.HoldsAsync("the spray to begin", async () => await cluster["a"].CountAsync(Source) > 0);
        await cluster["c"].KillAsync();
        await spraying;
        var unordered = await cluster.NumberAsync("a", "unordered") + await cluster.NumberAsync("b", "unordered");
        Assert.True(cluster.Arrived >= Burst || unordered > 0, $"{cluster.Arrived} passed, and all attempts had an order");
        return cluster.Arrived;
    }

    /// <summary>No packet passes between any two nodes, or between a node and Redis. Mail flows.</summary>
    /// <param name="outage">How long. No node can declare another dead meanwhile, because the list of members is in Redis.</param>
    /// <returns>Messages of one host that passed, which may be a burst at each node. All nodes have the same counts afterwards.</returns>
    public static async Task<int> OutageAsync(TimeSpan outage)
    {
        await using var world = await ClusterMachines.StartAsync();
        var (sender, person) = (await world.NewSenderAsync(), await world.NewSenderAsync());
        foreach (var name in world.Nodes)
        {
            await world.CutOffAsync(name);
        }

        var spraying = world.SprayAsync(sender, Messages);
        await Task.Delay(outage, TimeProvider.System);
        await spraying;
        var delivered = (await world.SprayAsync(person, NodesOfCluster)).Accepted;
        Assert.Equal(NodesOfCluster, delivered);
        foreach (var name in world.Nodes)
        {
            await world.HealAsync(name);
        }

        return await AfterwardsAsync(world, sender) - delivered;
    }

    /// <summary>A spray during which one node stands still (SIGSTOP), and another one when it runs again.</summary>
    /// <param name="frozen">How long it stands still; null: until the others declare it dead.</param>
    /// <returns>Messages that passed. All nodes have the same counts afterwards.</returns>
    public static async Task<int> FreezeAsync(TimeSpan? frozen = null)
    {
        await using var world = await ClusterMachines.StartAsync();
        var sender = await world.NewSenderAsync();
        await world.PauseAsync("c");
        var spraying = world.SprayAsync(sender, Messages);
        await UntilDeclaredDeadAsync(world, frozen);
        await world.ResumeAsync("c");
        await spraying;
        return await AfterwardsAsync(world, sender);
    }

    /// <summary>A spray while no packet passes between one node and the rest of its cluster, and another one afterwards.</summary>
    /// <param name="cut">How long; null: until the others declare the node dead.</param>
    /// <returns>Messages that passed. All nodes have the same counts afterwards.</returns>
    public static async Task<int> CutAsync(TimeSpan? cut = null)
    {
        await using var world = await ClusterMachines.StartAsync();
        var sender = await world.NewSenderAsync();
        await world.CutOffAsync("c");
        var spraying = world.SprayAsync(sender, Messages);
        await UntilDeclaredDeadAsync(world, cut);
        await spraying;
        await world.HealAsync("c");
        return await AfterwardsAsync(world, sender);
    }

    /// <summary>Redis is killed: mail flows, and a node starts.</summary>
    /// <returns>Messages of one host that passed meanwhile, and with the node that joined afterwards.</returns>
    public static async Task<int> RedisAsync()
    {
        const int unusable = 9009;
        const int notStarted = 9002;
        await using var redis = await RedisServer.StartAsync();
        await using var cluster = await LocalCluster.StartAsync(_ => [.. redis.Settings, "Telemetry:Log=Debug"], "a", "b"); // with the warnings of Orleans
        await redis.KillAsync();
        await cluster["a"].LogLineAsync("that the list is gone", l => l.EventId == unusable);
        var passed = (await cluster.SprayAsync(Source, Messages)).Accepted;
        await cluster.StartAloneAsync("c");
        await cluster["c"].LogLineAsync("that it takes no part", l => l.EventId == notStarted);
        Assert.Equal(NodesOfCluster, (await cluster.SprayAsync(IPAddress.Parse("127.3.0.1"), NodesOfCluster)).Accepted);
        await redis.RunAsync();
        await cluster.SeesAllAsync("c");

        // A node that joined has the others' counts when it has an order of all shards.
        await cluster.SettledAsync("c");
        return passed + await EarnedAsync(cluster.SprayAsync(Source, NodesOfCluster));
    }

    /// <summary>The gateway that reports to another operator is killed; the other operator gets each count once, and evicts nobody.</summary>
    /// <returns>The time from the kill to the next report.</returns>
    public static async Task<TimeSpan> SpeakerAsync()
    {
        const int evicted = 4021;
        await using var world = await GatewayCluster.StartAsync();
        var sender = world.NewSender();
        await world.SendAsync(sender, Before);
        await ReportedAsync(world, sender, Before, sent: Before);
        await world.KillSpeakerAsync();
        var since = TimeProvider.System.GetTimestamp();
        var sending = OneByOneAsync();
        await ReportedAsync(world, sender, Before + 1, sent: Before + After);
        var took = TimeProvider.System.GetElapsedTime(since);
        await sending;
        Assert.InRange(await world.ReportedAsync(sender) / PerUnit, 0, Before + After + 0.1);
        Assert.DoesNotContain(world.Peer.Log, l => l.EventId == evicted);
        return took;

        // What was on its way to a shard of the killed node is not reported, so others follow.
        async Task OneByOneAsync()
        {
            for (var i = 0; i < After; i++)
            {
                await world.SendAsync(sender, 1);
            }
        }
    }

    private static async Task ReportedAsync(GatewayCluster world, IPAddress sender, int units, int sent)
    {
        double reported = 0;
        await Eventually.HoldsAsync($"a report of {units} units", async () => (reported = await world.ReportedAsync(sender) / PerUnit) > units - 0.5);
        Assert.True(reported < sent + 0.1, $"{reported} units were reported of {sent} sent");
    }

    private static Task UntilDeclaredDeadAsync(ClusterMachines world, TimeSpan? time) =>
        time is { } fixedTime ? Task.Delay(fixedTime, TimeProvider.System) : world.SeesAsync("a", NodesOfCluster - 1);

    private static async Task<int> AfterwardsAsync(ClusterMachines world, IPAddress sender)
    {
        foreach (var name in world.Nodes)
        {
            await world.SeesAsync(name, NodesOfCluster);
        }

        await world.AgreeAsync(sender);
        await EarnedAsync(world.SprayAsync(sender, NodesOfCluster));
        return world.Arrived;
    }

    // A sender that has used its burst up earns one more message at once, and the next one minutes later.
    private static async Task<int> EarnedAsync(Task<Spray> spraying)
    {
        var passed = (await spraying).Accepted;
        Assert.InRange(passed, 0, 1);
        return passed;
    }
}
