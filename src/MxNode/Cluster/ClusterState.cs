using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>What the loop and others share: the counts, the view, the waiting attempts.</summary>
internal sealed class ClusterState(CountingEngine engine, NodeView view, AttemptTable attempts, ClusterCounts counts, OperatorTable operators, ClusterStatus status)
{
    public CountingEngine Engine => engine;

    public OperatorTable Operators => operators;

    public NodeView View => view;

    public AttemptTable Attempts => attempts;

    public ClusterStatus Status => status;

    public void Decide(Decide decide)
    {
        if (attempts.Carry(decide) is { } attempt)
        {
            counts.Remove(attempt);
        }
    }
}
