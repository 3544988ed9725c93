namespace ThrottleNet.Cluster;

/// <summary>What all nodes of a cluster agree on.</summary>
/// <param name="Operator">The operator's name, as in the certificates of the cluster's own gateways.</param>
/// <param name="Shards">The number of shards, <c>Cluster:Shards</c>.</param>
/// <param name="Hold">Milliseconds after which an attempt is judged without an order, <c>Throttle:Hold</c>.</param>
/// <param name="Poll">Milliseconds between two polls of a shard by a node that has nothing to push, <c>Cluster:Poll</c>.</param>
/// <param name="Report">Milliseconds between two reports of this gateway while it speaks, <c>Exchange:BatchInterval</c>; not above the default. Gateways may differ.</param>
public sealed record ClusterSettings(
    string Operator, int Shards, int Hold, int Poll = ClusterLimits.PollInterval, int Report = ClusterLimits.ReportInterval);
