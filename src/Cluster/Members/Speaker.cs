using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Members;

/// <summary>
/// Which gateway reports the cluster's counts to other operators. Each gateway decides for itself; the choice need not be unanimous,
/// because a range of the log is reported by the gateway whose mark ends it, even if another gateway is the speaker too in its own view.
/// </summary>
public static class Speaker
{
    /// <summary>
    /// The oldest live gateway with a linked peer; the oldest live one if none is linked. A gateway without a linked peer must not be the speaker
    /// while another one is linked: its batches would reach no peer for as long as the cut lasts.
    /// </summary>
    /// <param name="view">The caller's view. The caller counts as live whatever the view says.</param>
    /// <param name="self">The caller.</param>
    /// <param name="started">When the caller joined, as in its row.</param>
    /// <param name="isLinked">Whether a gateway is known to have a linked peer; true for one of which nothing is known.</param>
    public static bool Speaks(ClusterView view, NodeId self, long started, Func<NodeId, bool> isLinked)
    {
        var mine = Rank(self, started);
        return !view.Members.Any(m =>
            m.Gateway && m.State == MemberState.Live && m.Node.Name != self.Name && Rank(m.Node, m.Started).CompareTo(mine) < 0);

        (int, long, string) Rank(NodeId node, long since) => (isLinked(node) ? 0 : 1, since, node.Name);
    }
}
