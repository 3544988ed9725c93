using System.Net;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>Real node processes of one cluster, under the trials of <see cref="ClusterTrials"/>.</summary>
public sealed class ClusterSprayTests
{
    // Recipients that one host may send at once, and one more once the first have decayed by a tenth of a second.
    private const int Burst = 10;
    private const int BurstAndOne = 11;

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink)]
    public async Task Of_a_thousand_messages_sprayed_over_three_nodes_one_burst_passes() =>
        Assert.InRange(await ClusterTrials.SprayAsync(), Burst, BurstAndOne);

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink)]
    public async Task A_kill_of_a_node_in_mid_spray_lets_at_most_two_bursts_through() =>
        Assert.InRange(await ClusterTrials.KillAsync(), 1, 2 * BurstAndOne);

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink, ClusterMachines.Root, ClusterMachines.Ip, ClusterMachines.Curl, RedisServer.Program)]
    public async Task A_node_that_stands_still_lets_at_most_one_more_burst_through_and_counts_like_the_others_afterwards() =>
        Assert.InRange(await ClusterTrials.FreezeAsync(), 1, 2 * BurstAndOne);

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink, ClusterMachines.Root, ClusterMachines.Ip, ClusterMachines.Nft, ClusterMachines.Curl, RedisServer.Program)]
    public async Task A_node_that_is_cut_off_lets_at_most_one_more_burst_through_and_counts_like_the_others_afterwards() =>
        Assert.InRange(await ClusterTrials.CutAsync(), 1, 2 * BurstAndOne);

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink, RedisServer.Program)]
    public async Task While_redis_is_down_the_cluster_counts_on_and_a_node_starts_and_joins_when_it_is_back() =>
        Assert.InRange(await ClusterTrials.RedisAsync(), Burst, BurstAndOne);

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink)]
    public async Task After_a_kill_of_the_speaker_the_other_gateway_reports_and_no_count_comes_twice() =>
        Assert.InRange((await ClusterTrials.SpeakerAsync()).TotalSeconds, 0, Eventually.Patience.TotalSeconds);

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink)]
    public async Task A_kill_of_a_node_that_takes_none_of_the_spray_lets_at_most_one_burst_through() =>
        Assert.InRange(await ClusterTrials.KillSpareAsync(), 1, BurstAndOne);

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink, ClusterMachines.Root, ClusterMachines.Ip, ClusterMachines.Nft, ClusterMachines.Curl, RedisServer.Program)]
    public async Task While_no_silo_reaches_another_or_redis_mail_flows_and_the_counts_are_whole_afterwards() =>
        Assert.InRange(await ClusterTrials.OutageAsync(TimeSpan.FromSeconds(8)), 1, 3 * BurstAndOne);

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink)]
    public async Task A_cluster_grows_to_three_nodes_and_shrinks_to_another_one_and_one_burst_passes() =>
        Assert.InRange(await ClusterLifeTrials.ScaleAsync(), Burst, BurstAndOne);

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink)]
    public async Task A_rolling_restart_under_load_loses_no_message_and_lets_one_burst_through() =>
        Assert.InRange(await ClusterLifeTrials.RollingRestartAsync(), Burst, BurstAndOne);

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink)]
    public async Task A_node_that_is_stopped_hands_its_shards_over_before_its_last_session_ends() =>
        Assert.InRange(await ClusterLifeTrials.DrainAsync(), Burst, BurstAndOne);

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
