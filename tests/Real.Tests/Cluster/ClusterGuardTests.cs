namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>The guards of a cluster, each with a real firewall on its own machine.</summary>
public sealed class ClusterGuardTests
{
    private const int Courtesy = 3;

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink, ClusterMachines.Root, ClusterMachines.Ip, ClusterMachines.Nft, ClusterMachines.Curl, RedisServer.Program)]
    public async Task A_host_that_one_guard_drops_is_dropped_at_all_and_an_unblock_at_another_lets_it_in_at_all()
    {
        await using var world = await ClusterMachines.StartAsync(
            "Guard:HttpListen=127.0.0.1:10041", "Guard:DropSet=throttlenet_guard", "Guard:Ports=2525", "Guard:CourtesyInterval=00:00:00", "Guard:Courtesy=3");
        var bypasser = await world.NewSenderAsync();
        Assert.All(await world.ReachedByAsync(bypasser), node => Assert.True(node.IsReached, node.Name));
        for (var mail = 0; mail <= Courtesy; mail++)
        {
            await world.AskGuardAsync("a", bypasser, $"mail{mail}");
        }

        await Eventually.HoldsAsync("the drop at every machine", async () => (await world.RulesAsync()).All(r => r.Contains(bypasser.ToString(), StringComparison.Ordinal)));
        Assert.All(await world.ReachedByAsync(bypasser), node => Assert.False(node.IsReached, node.Name));

        await world.UnblockAsync("b", bypasser);
        await Eventually.HoldsAsync("the release at every machine", async () => (await world.RulesAsync()).All(r => !r.Contains(bypasser.ToString(), StringComparison.Ordinal)));
        Assert.All(await world.ReachedByAsync(bypasser), node => Assert.True(node.IsReached, node.Name));
    }
}
