using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>One message at one node: refused when it connects, or registered, held and judged.</summary>
internal static class SimSession
{
    private const int LookInterval = 100;

    /// <param name="network">The network.</param>
    /// <param name="node">The node that the message arrives at.</param>
    /// <param name="host">The host that sends it.</param>
    /// <param name="hold">Milliseconds, at most.</param>
    /// <param name="judged">Takes the verdict; not called when the node goes down before.</param>
    public static void Begin(SimNetwork network, SimNode node, IpBlock host, int hold, Action<VerdictAction> judged)
    {
        if (!node.IsUp)
            return;
        if (node.IsRefusedAtConnect(host))
        {
            judged(VerdictAction.Refuse);
            return;
        }

        var attempt = node.Register(host);
        var (life, until) = (node.Life, network.Now + hold);
        Look();

        void Look()
        {
            if (!node.IsUp || node.Life != life)
                return;
            if (network.Now < until && !node.Gate.IsComplete(attempt.Batch))
                network.At(Math.Min(until, network.Now + LookInterval), Look);
            else
                judged(node.Judge(attempt));
        }
    }
}
