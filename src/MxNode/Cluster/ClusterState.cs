using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>What the loop and others share: the view, the waiting attempts, the log.</summary>
internal sealed class ClusterState(CountingEngine engine, NodeView view, AttemptTable attempts, ClusterCounts counts, OperatorTable operators, ClusterLog log)
{
    public CountingEngine Engine => engine;

    public OperatorTable Operators => operators;

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
