using ThrottleNet.Counting;
using ThrottleNet.MxNode.Simulate;

namespace ThrottleNet.Simulation.Tests.Exchange;

/// <summary>A node whose clock is hours off counts for nobody; a minute after its clock was set, every node counts everything again.</summary>
public sealed class ClockStepTests
{
    private const long Second = 1000;
    private const long TwoHours = 2 * 60 * 60 * Second;

    [Theory]
    [InlineData(-TwoHours)]
    [InlineData(TwoHours)]
    public void Counts_flow_again_within_a_minute_of_a_clock_being_set(long wrong)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            var network = Networks.Of(6, seed);
            network.RunFor(20 * Second);
            var node = network.Nodes[3];
            node.SetClock(wrong);
            var lost = new Oracle();
            Networks.Traffic(network, lost, new Random(seed), 200, network.Now, network.Now + (30 * Second), hosts: 10, side: n => n == node);
            network.RunFor(40 * Second);
            var counted = network.Nodes.Count(n => n != node && n.Counts.Read(Oracle.Host(0), n.Clock.Now).Others > 0);
            Assert.Equal(wrong < 0 ? 0 : 5, counted); // ahead, its counts arrive as of now; behind, they are too old

            node.SetClock(0);
            network.RunFor(Second);
            Networks.Traffic(network, new Oracle(), new Random(seed), 200, network.Now, network.Now + (5 * Second), first: 200); // the first batches show the new clock
            network.RunFor(6 * Second);
            var oracle = new Oracle();
            Networks.Traffic(network, oracle, new Random(seed), 600, network.Now, network.Now + (30 * Second), first: 100);
            network.RunFor(52 * Second);
            oracle.AssertAgrees(network, $"seed {seed}");
        }
    }

    [Fact]
    public void A_clock_that_steps_to_and_fro_stalls_no_tick_and_loses_no_count()
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            var network = Networks.Of(6, seed);
            network.RunFor(20 * Second);
            var random = new Random(seed);
            var oracle = new Oracle();
            Networks.Traffic(network, oracle, random, 900, network.Now, network.Now + (90 * Second));
            for (var at = 0; at < 90; at += 10)
            {
                var (node, step) = (network.Nodes[random.Next(6)], random.NextInt64(-30 * Second, 30 * Second));
                network.At(network.Now + (at * Second), () => node.SetClock(step));
            }

            network.RunFor(120 * Second);
            foreach (var node in network.Nodes)
                node.SetClock(0);
            network.RunFor(10 * Second);
            Assert.Equal(network.Statistics.Published * 5, network.Statistics.Applied);
            Assert.All(network.Nodes, n => Assert.Equal(5, n.Core.Neighbours.Count(p => p.Ready)));
        }
    }
}
