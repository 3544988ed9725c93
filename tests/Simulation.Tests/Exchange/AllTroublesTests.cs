using ThrottleNet.MxNode.Simulate;
using Xunit.Abstractions;

namespace ThrottleNet.Simulation.Tests.Exchange;

/// <summary>
/// All disturbances of a network at once: counts lost with the disk or stored a while ago, frames that are late, doubled,
/// reordered or lost, a cut, wrong clocks. Not tested here is what docs/protocol.md excludes: an absence or a cut longer than batches
/// are kept (<see cref="ConvergenceTests"/>), batches over an hour old, clocks over a minute apart, counts that were not published
/// before a crash, and trimmed counts of hot hosts in a snapshot (so no operator counts as faulty here).
/// </summary>
public sealed class AllTroublesTests(ITestOutputHelper output)
{
    private const int Second = 1000;

    [Fact]
    public void All_troubles_at_once_leave_every_node_of_a_mesh_with_the_same_counts()
    {
        var conditions = new NetworkConditions { LeastLatency = 20, MostLatency = 120, Loss = 0.05, Drop = 0.05, Duplicate = 0.1, Reorder = 300 };
        for (var seed = 1; seed <= 25; seed++)
        {
            var (network, oracle, random) = Begin(10, seed, conditions, warmUp: 10, mail: 200);
            Cut(network, after: 40, seconds: 70, n => n.Index % 2);
            Restart(network, 3, after: 60, seconds: 25, forget: false); // during the cut
            Restart(network, 4, after: 70, seconds: 25, forget: true);
            Restart(network, 5, after: 150, seconds: 20, forget: false);
            Restart(network, 6, after: 155, seconds: 20, forget: true);
            Networks.Traffic(network, oracle, random, 600, network.Now, network.Now + (200 * Second), hosts: 20);
            network.RunFor(300 * Second);
            oracle.AssertAgrees(network, $"seed {seed}", snapshots: 2); // node 4 takes a snapshot, and node 6 one that may be made from it

        }
    }

    [Fact]
    public void All_troubles_at_once_leave_every_node_of_a_large_network_with_the_same_counts()
    {
        var conditions = new NetworkConditions { LeastLatency = 20, MostLatency = 120, Loss = 0.05, Drop = 0.02, Duplicate = 0.02, Reorder = 50 };
        foreach (var seed in new[] { 1, 2, 16 })
        {
            var (network, oracle, random) = Begin(120, seed, conditions, warmUp: 60, mail: 120);
            Assert.All(network.Nodes, n => Assert.False(n.Core.IsMesh));
            Cut(network, after: 20, seconds: 40, n => n.Index % 3 == 0 ? 1 : 0);
            foreach (var index in Enumerable.Range(2, 118).OrderBy(_ => random.Next()).Take(10)) // the others find the network by 0 and 1
                Restart(network, index, after: random.Next(5, 100), seconds: random.Next(10, 40), forget: index % 2 == 0);
            Networks.Traffic(network, oracle, random, 900, network.Now, network.Now + (120 * Second), hosts: 30);
            network.RunFor(220 * Second);
            oracle.AssertAgrees(network, $"seed {seed}", snapshots: 1); // of three neighbours asked, two almost never took a snapshot themselves

        }
    }

    private (SimNetwork Network, Oracle Oracle, Random Random) Begin(int nodes, int seed, NetworkConditions conditions, int warmUp, int mail)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var network = Networks.Of(nodes, seed, conditions, faulty: 0);
        Networks.Skew(network, random);
        network.RunFor(warmUp * Second);
        foreach (var node in network.Nodes)
            Networks.StoreEvery(network, node, 60 * Second, network.Now + random.Next(60 * Second), network.Now + (mail * Second));
        return (network, new Oracle(), random);
    }

    private static void Cut(SimNetwork network, int after, int seconds, Func<SimNode, int> side)
    {
        network.At(network.Now + (after * Second), () => network.Partition(side));
        network.At(network.Now + ((after + seconds) * Second), () => network.Partition(null));
    }

    private static void Restart(SimNetwork network, int index, int after, int seconds, bool forget)
    {
        Networks.Die(network, network.Nodes[index], network.Now + (after * Second));
        Networks.Again(network, network.Nodes[index], network.Now + ((after + seconds) * Second), forget);
    }
}
