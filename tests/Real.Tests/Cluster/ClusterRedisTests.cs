using System.Net;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>Real node processes that find each other in Redis.</summary>
public sealed class ClusterRedisTests
{
    private const int Burst = 10;
    private const int BurstAndOne = 11;
    private const int Unusable = 9009;
    private const int NotStarted = 9002;

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink, RedisServer.Program)]
    public async Task While_redis_is_down_the_cluster_counts_on_and_a_node_starts_and_joins_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var cluster = await LocalCluster.StartAsync(_ => redis.Settings, "a", "b");
        var before = await cluster.SprayAsync(IPAddress.Parse("127.1.0.1"), 100);
        Assert.InRange(before.Accepted, Burst, BurstAndOne);

        await redis.KillAsync();
        await cluster["a"].LogLineAsync("that the list is gone", l => l.EventId == Unusable);
        var meanwhile = await cluster.SprayAsync(IPAddress.Parse("127.2.0.1"), 100);
        Assert.InRange(meanwhile.Accepted, Burst, BurstAndOne);

        await cluster.StartAloneAsync("c");
        await cluster["c"].LogLineAsync("that it takes no part", l => l.EventId == NotStarted);
        Assert.Equal(3, (await cluster.SprayAsync(IPAddress.Parse("127.3.0.1"), 3)).Accepted);

        await redis.RunAsync();
        await cluster.SeesAllAsync("c");
        var after = await cluster.SprayAsync(IPAddress.Parse("127.1.0.1"), 30);
        Assert.Equal(0, after.Accepted);
    }
}
