using ThrottleNet.Cluster.Nodes;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Describes the cluster for the operator. Thread-safe.</summary>
internal sealed class ClusterMonitor(ClusterOptions options, ShardCalls calls, ShardOwners owners, NodeView view, ClusterStatus status)
{
    public ClusterReport Report() => new(
        options.Name!,
        calls.Silo is not null,
        [.. view.View.Members.Select(m => new ClusterMemberReport(
            m.Node.Name, m.State.ToString().ToLowerInvariant(), m.Gateway, DateTimeOffset.FromUnixTimeMilliseconds(m.Started)))],
        owners.Hosted,
        status.Settled,
        status.Speaks,
        status.Pushes,
        status.Failures,
        status.Judged(Basis.Marker),
        status.Judged(Basis.HoldOrdered),
        status.Judged(Basis.HoldUnordered));

    /// <summary>Shards of the cluster whose order is valid for this node; all of them in normal operation.</summary>
    public int Settled => status.Settled;

    /// <summary>Live nodes, as this node sees them.</summary>
    public int LiveNodes => calls.Silo?.Nodes.Count ?? 0;

    /// <summary>Shards that this node hosts.</summary>
    public int Shards => owners.Hosted;
}
