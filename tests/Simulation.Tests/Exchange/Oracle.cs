using System.Net;
using ThrottleNet.MxNode.Simulate;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Blocks;
using ThrottleNet.Protocol.Counts;
using Decay = ThrottleNet.Protocol.Counts.Decay;

namespace ThrottleNet.Simulation.Tests.Exchange;

/// <summary>Every attempt and every bad recipient, with its true time: what the ledger of each node should hold.</summary>
internal sealed class Oracle
{
    private readonly Dictionary<IpBlock, List<(long Time, double Units)>> _attempts = [];
    private readonly Dictionary<IpBlock, List<(long Time, double Units)>> _badRecipients = [];

    /// <param name="isBad">The recipient does not exist.</param>
    public void Register(SimNetwork network, SimNode node, IpBlock host, uint quarters = CountEntry.PerUnit, bool isBad = false)
    {
        node.Register(host, quarters);
        Note(_attempts, quarters / (double)CountEntry.PerUnit);
        if (isBad)
        {
            node.RegisterBadRecipient(host);
            Note(_badRecipients, 1);
        }

        void Note(Dictionary<IpBlock, List<(long, double)>> counted, double units)
        {
            if (!counted.TryGetValue(host, out var list))
                counted.Add(host, list = []);
            list.Add((network.Now, units));
        }
    }

    /// <summary>Every node that is up is within 1 % of the truth, in all counters of every host.</summary>
    public void AssertAgrees(SimNetwork network, string story)
    {
        Assert.NotEmpty(_attempts);
        AssertAgrees(network, _attempts, static (ledger, host) => ledger.ReadHost(host, ledger.Now), $"{story}: attempts");
        AssertAgrees(network, _badRecipients, static (ledger, host) => ledger.ReadBadRecipients(host, ledger.Now), $"{story}: bad recipients");
    }

    public static IpBlock Host(int number) => IpBlock.Of(new IPAddress([198, 51, (byte)(number >> 8), (byte)number]));

    private static void AssertAgrees(
        SimNetwork network, Dictionary<IpBlock, List<(long Time, double Units)>> counted, Func<Ledger, IpBlock, BlockCounts> read, string story)
    {
        foreach (var (host, list) in counted)
        {
            var fast = list.Sum(c => c.Units * Decay.Factor(network.Now - c.Time, Decay.Fast));
            var slow = list.Sum(c => c.Units * Decay.Factor(network.Now - c.Time, Decay.Slow));
            foreach (var node in network.Nodes.Where(n => n.IsUp))
            {
                var counts = read(node.Ledger, host);
                Check(fast, counts.Own + counts.Others, "fast");
                Check(slow, counts.Slow, "slow");

                void Check(double want, double got, string counter) => Assert.True(
                    Math.Abs(want - got) <= 0.01 * want, $"{story}: node {node.Index} has {got:f3} instead of {want:f3} ({counter}) of {host}");
            }
        }
    }
}
