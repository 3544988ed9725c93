using ThrottleNet.Protocol.Blocks;
using ThrottleNet.Protocol.Counts;

namespace ThrottleNet.MxNode.Simulate;

internal enum SimVerdict
{
    Forward,
    Defer,
    Refuse,
}

/// <summary>One message at one node: registered, held, judged.</summary>
internal static class SimSession
{
    private const int LookInterval = 100;

    /// <param name="network">The network.</param>
    /// <param name="node">Where the message arrives.</param>
    /// <param name="host">Who sends it.</param>
    /// <param name="hold">Milliseconds, at most.</param>
    /// <param name="tell">False for a liar, which counts for itself only.</param>
    /// <param name="judged">Hears the verdict; not called when the node goes down before.</param>
    public static void Begin(SimNetwork network, SimNode node, IpBlock host, int hold, bool tell, Action<SimVerdict> judged)
    {
        if (!node.IsUp)
            return;
        var rank = node.Ledger.Read(host.Key, network.Now + node.Skew).Own;
        node.Ledger.AddOwn(host.Key, 1, network.Now + node.Skew);
        var ticket = tell ? node.Outbox.Add(host) : 0;
        var (life, until) = (node.Life, network.Now + hold);
        Look();

        void Look()
        {
            if (!node.IsUp || node.Life != life)
                return;
            if (network.Now < until && node.HoldComplete < ticket && !node.Core.IsAlone)
                network.At(Math.Min(until, network.Now + LookInterval), Look);
            else
                judged(Judge(node, host, rank, network.Now + node.Skew));
        }
    }

    public static SimVerdict Judge(SimNode node, IpBlock host, BlockCount rank, long now)
    {
        var others = node.Sums.Judge(host.Key, now, node.Core.Operators, node.Ledger.Read(host.Key, now).Others);
        return SimLimits.Excess(Plus(rank, others.Proven)) >= 2 ? SimVerdict.Refuse
            : SimLimits.Excess(Plus(rank, others.Likely)) >= 1 && !IsDoubtful() ? SimVerdict.Defer
            : SimVerdict.Forward;

        bool IsDoubtful() => OperatorSums.Liars(SimLimits.Faulty, node.Core.Operators) > 0 && Plus(rank, others.Proven).Fast < SimLimits.Soft;
    }

    private static BlockCount Plus(BlockCount a, BlockCount b) => new(a.Fast + b.Fast, a.Slow + b.Slow);
}
