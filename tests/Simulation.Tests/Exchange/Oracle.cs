using System.Net;
using ThrottleNet.MxNode.Simulate;
using ThrottleNet.Protocol.Blocks;
using ThrottleNet.Protocol.Counts;

namespace ThrottleNet.Simulation.Tests.Exchange;

/// <summary>Every attempt, with its true time: what each node should have counted.</summary>
internal sealed class Oracle
{
    private readonly Dictionary<ulong, List<(long Time, double Units)>> _attempts = [];

    public IReadOnlyCollection<ulong> Keys => _attempts.Keys;

    public void Register(SimNetwork network, SimNode node, IpBlock host, uint quarters = CountEntry.PerUnit)
    {
        node.Register(host, quarters, network.Now + node.Skew);
        if (!_attempts.TryGetValue(host.Key, out var list))
            _attempts.Add(host.Key, list = []);
        list.Add((network.Now, quarters / (double)CountEntry.PerUnit));
    }

    public BlockCount Count(ulong key, long now) => new(
        _attempts[key].Sum(a => a.Units * Decay.Factor(now - a.Time, Decay.Fast)),
        _attempts[key].Sum(a => a.Units * Decay.Factor(now - a.Time, Decay.Slow)));

    /// <summary>Every node that is up is within 1 % of the truth, in both counters of every block.</summary>
    public void AssertAgrees(SimNetwork network, string story)
    {
        foreach (var node in network.Nodes.Where(n => n.IsUp))
        {
            foreach (var key in Keys)
            {
                var expected = Count(key, network.Now);
                var (own, others) = node.Ledger.Read(key, network.Now + node.Skew);
                Check(expected.Fast, own.Fast + others.Fast, "fast");
                Check(expected.Slow, own.Slow + others.Slow, "slow");

                void Check(double want, double got, string counter) => Assert.True(
                    Math.Abs(want - got) <= 0.01 * want,
                    $"{story}: node {node.Index} has {got:f3} instead of {want:f3} ({counter}) for {new IpBlock(key, BlockLevel.Host)}");
            }
        }
    }

    public static IpBlock Host(int number) => IpBlock.Of(new IPAddress([198, 51, (byte)(number >> 8), (byte)number]));
}
