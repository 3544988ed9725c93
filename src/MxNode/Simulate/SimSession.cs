using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Simulate;

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
    public static void Begin(SimNetwork network, SimNode node, IpBlock host, int hold, bool tell, Action<VerdictAction> judged)
    {
        if (!node.IsUp)
            return;
        var attempt = node.Register(host, tell: tell);
        var (life, until) = (node.Life, network.Now + hold);
        Look();

        void Look()
        {
            if (!node.IsUp || node.Life != life)
                return;
            if (network.Now < until && node.HoldComplete < attempt.Batch && !node.Core.IsAlone)
                network.At(Math.Min(until, network.Now + LookInterval), Look);
            else
                judged(node.Judge(attempt));
        }
    }
}
