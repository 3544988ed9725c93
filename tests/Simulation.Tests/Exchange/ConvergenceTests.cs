using ThrottleNet.MxNode.Simulate;

namespace ThrottleNet.Simulation.Tests.Exchange;

public sealed class ConvergenceTests
{
    private const long Second = 1000;
    private const int NearCrash = 18;

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(20)]
    public void On_a_quiet_network_every_node_counts_everything_once(int nodes)
    {
        foreach (var seed in Seeds(3))
        {
            var (network, oracle) = Run(nodes, seed, new NetworkConditions());
            oracle.AssertAgrees(network, $"{nodes} nodes, seed {seed}");
            Assert.Equal(network.Statistics.Published * (nodes - 1), network.Statistics.Applied);
        }
    }

    [Fact]
    public void Lost_packets_delay_batches_and_lose_none()
    {
        foreach (var seed in Seeds(3))
        {
            var (network, oracle) = Run(8, seed, new NetworkConditions { Loss = 0.05, LeastLatency = 80, MostLatency = 120 });
            oracle.AssertAgrees(network, $"seed {seed}");
        }
    }

    [Fact]
    public void Dropped_doubled_and_reordered_frames_change_no_count()
    {
        foreach (var seed in Seeds(5))
        {
            var (network, oracle) = Run(8, seed, new NetworkConditions { Drop = 0.1, Duplicate = 0.2, Reorder = 400 });
            oracle.AssertAgrees(network, $"seed {seed}");
        }
    }

    [Fact]
    public void Nodes_whose_clocks_differ_by_half_a_minute_have_the_same_counts()
    {
        foreach (var seed in Seeds(3))
        {
            var (network, oracle) = Run(8, seed, new NetworkConditions(), (n, _) => Networks.Skew(n, new Random(seed)));
            oracle.AssertAgrees(network, $"seed {seed}");
        }
    }

    [Fact]
    public void After_a_partition_both_sides_have_each_others_counts()
    {
        foreach (var seed in Seeds(3))
        {
            var (network, oracle) = Run(10, seed, new NetworkConditions(), (n, _) =>
            {
                n.At(n.Now + (30 * Second), () => n.Partition(node => node.Index % 2));
                n.At(n.Now + (110 * Second), () => n.Partition(null));
            });
            oracle.AssertAgrees(network, $"seed {seed}");
        }
    }

    [Fact]
    public void After_a_partition_longer_than_batches_are_kept_a_node_has_its_own_sides_counts_or_the_greater_of_both()
    {
        foreach (var seed in Seeds(5))
        {
            var network = Networks.Of(12, seed, faulty: 0);
            var random = new Random(seed);
            Oracle[] sides = [new(), new()];
            network.RunFor(10 * Second);
            network.Partition(node => node.Index % 2);
            foreach (var side in new[] { 0, 1 })
                Networks.Traffic(network, sides[side], random, 300, network.Now, network.Now + (60 * Second), hosts: 20, side: node => node.Index % 2 == side);
            network.RunFor(240 * Second);
            network.Partition(null);
            network.RunFor(120 * Second);

            // Batches from now on show the gap before them, and all nodes count them.
            var after = new Oracle();
            Networks.Traffic(network, after, random, 300, network.Now, network.Now + (20 * Second), first: 100);
            network.RunFor(80 * Second);
            after.AssertAgrees(network, $"seed {seed}, after", snapshots: 1);
            Oracle.AssertOwnOrGreater(network, sides, node => node.Index % 2, $"seed {seed}", snapshots: 1);
        }
    }

    [Fact]
    public void Batches_pass_a_cut_between_two_nodes_through_the_others()
    {
        foreach (var seed in Seeds(3))
        {
            var network = Networks.Of(4, seed);
            var oracle = new Oracle();
            network.RunFor(10 * Second);
            // Nodes 0 and 1 can no longer connect: they get each other's batches through 2 and 3 only.
            network.Cut(network.Nodes[0], network.Nodes[1]);
            Networks.Traffic(network, oracle, new Random(seed), 200, network.Now, network.Now + (60 * Second));
            network.RunFor(65 * Second);
            oracle.AssertAgrees(network, $"seed {seed}");
        }
    }

    [Fact]
    public void A_restarted_node_gets_the_batches_it_missed_and_sends_those_only_it_had()
    {
        foreach (var seed in Seeds(3))
        {
            var (network, oracle) = Run(6, seed, new NetworkConditions(), (n, _) =>
            {
                var node = n.Nodes[3];
                n.At(n.Now + (35 * Second), node.Store);
                Networks.Die(n, node, n.Now + (60 * Second));
                Networks.Again(n, node, n.Now + (100 * Second), forget: false);
            });
            oracle.AssertAgrees(network, $"seed {seed}");
        }
    }

    [Fact]
    public void A_node_that_lost_its_counts_or_was_down_for_long_takes_a_snapshot()
    {
        foreach (var seed in Seeds(3))
        {
            foreach (var forget in new[] { true, false })
            {
                var (network, oracle) = Run(6, seed, new NetworkConditions(), (n, _) =>
                {
                    var node = n.Nodes[3];
                    n.At(n.Now + (8 * Second), node.Store);
                    Networks.Die(n, node, n.Now + (10 * Second));
                    Networks.Again(n, node, n.Now + (400 * Second), forget);
                }, seconds: 500, faulty: 0);
                oracle.AssertAgrees(network, $"forget {forget}, seed {seed}", snapshots: 1);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_crash_loses_the_unpublished_counts_only(bool forget)
    {
        foreach (var seed in Seeds(5))
        {
            var lost = 0;
            var (network, oracle) = Run(6, seed, new NetworkConditions(), (n, oracle) =>
            {
                var node = n.Nodes[3];
                n.At(n.Now + (35 * Second), node.Store);
                // Hosts that send to this node only, over nearly two batch intervals: the first counts are published, the last are not.
                var crash = n.Now + (60 * Second);
                for (var i = 0; i < NearCrash; i++)
                {
                    var host = Oracle.Host(100 + i);
                    n.At(crash - 1 - (100 * i), () => oracle.Register(n, node, host, isBad: true));
                }

                n.At(crash, () =>
                {
                    n.Crash(node);
                    lost = oracle.LoseUntold(n, node);
                });
                Networks.Again(n, node, crash + (25 * Second), forget);
            }, faulty: 0);
            Assert.InRange(lost, 2, (3 * NearCrash) - 3); // attempts, bad recipients and refused messages; some were published, and some not
            oracle.AssertAgrees(network, $"forget {forget}, seed {seed}", snapshots: forget ? 1 : 0);
        }
    }

    [Fact]
    public void The_same_seed_replays_exactly()
    {
        var conditions = new NetworkConditions { Drop = 0.05, Duplicate = 0.05, Reorder = 100, Loss = 0.05 };
        var (first, _) = Run(8, 7, conditions);
        var (second, _) = Run(8, 7, conditions);
        Assert.Equal(
            (first.Statistics.Octets, first.Statistics.Frames, first.Statistics.Copies),
            (second.Statistics.Octets, second.Statistics.Frames, second.Statistics.Copies));
    }

    private static (SimNetwork Network, Oracle Oracle) Run(
        int nodes, int seed, NetworkConditions conditions, Action<SimNetwork, Oracle>? events = null, int seconds = 150, int faulty = 2)
    {
        var network = Networks.Of(nodes, seed, conditions, faulty);
        var oracle = new Oracle();
        network.RunFor(10 * Second); // until all nodes are linked
        events?.Invoke(network, oracle);
        Networks.Traffic(network, oracle, new Random(seed), 600, network.Now, network.Now + (seconds * Second));
        network.RunFor((seconds + 40) * Second);
        return (network, oracle);
    }

    private static IEnumerable<int> Seeds(int count) => Enumerable.Range(1, count);
}
