using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>Real node processes that form a cluster on loopback, with their members in a file.</summary>
public sealed class ClusterSprayTests
{
    private const int Messages = 1000;

    // Recipients that one host may send at once, and one more once the first have decayed by a tenth of a second.
    private const int Burst = 10;
    private const int BurstAndOne = 11;

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink)]
    public async Task Of_a_thousand_messages_sprayed_over_three_nodes_one_burst_passes()
    {
        await using var cluster = await LocalCluster.StartAsync("a", "b", "c");
        var spray = await cluster.SprayAsync(IPAddress.Parse("127.1.0.1"), Messages);

        Assert.InRange(spray.Accepted, Burst, BurstAndOne);
        Assert.Equal((0, 0), (spray.Refused, spray.Unreached));
        Assert.Equal(spray.Accepted, cluster.Arrived);
        await cluster.StopAsync();
    }

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink)]
    public async Task A_kill_of_a_node_in_mid_spray_lets_at_most_two_bursts_through()
    {
        await using var cluster = await LocalCluster.StartAsync("a", "b", "c");
        var spraying = cluster.SprayAsync(IPAddress.Parse("127.1.0.1"), Messages);
        await Eventually.HoldsAsync("the spray to begin", async () => await cluster["c"].CountAsync(IPAddress.Parse("127.1.0.1")) > 0);
        await cluster["c"].KillAsync();
        await spraying;

        Assert.InRange(cluster.Arrived, 1, 2 * BurstAndOne);
    }

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink)]
    public async Task A_rolling_restart_loses_no_message_of_persons_and_lets_no_second_burst_through()
    {
        await using var cluster = await LocalCluster.StartAsync("a", "b", "c");
        var first = await cluster.SprayAsync(IPAddress.Parse("127.1.0.1"), 100);
        Assert.InRange(first.Accepted, Burst, BurstAndOne);
        foreach (var name in new[] { "a", "b", "c" })
        {
            await cluster.RestartAsync(name);
        }

        var second = await cluster.SprayAsync(IPAddress.Parse("127.1.0.1"), 100);
        var person = await cluster.SprayAsync(IPAddress.Parse("127.2.0.1"), 3);
        Assert.InRange(first.Accepted + second.Accepted, Burst, BurstAndOne);
        Assert.Equal(3, person.Accepted);
    }
}
