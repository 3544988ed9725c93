using ThrottleNet.Cluster.Nodes;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>What the loop and others share: the view, the waiting attempts, the log.</summary>
internal sealed class ClusterState(NodeView view, AttemptTable attempts, ClusterCounts counts, ClusterLog log)
{
    public NodeView View => view;

    public AttemptTable Attempts => attempts;

    public ClusterLog Log => log;

    public void Decide(Decide decide)
    {
        if (attempts.Carry(decide) is { } attempt)
        {
            counts.Remove(attempt);
        }
    }
}
