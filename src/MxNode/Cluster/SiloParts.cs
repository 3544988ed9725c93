namespace ThrottleNet.MxNode.Cluster;

/// <summary>What the grains of a silo need of the node.</summary>
internal sealed record SiloParts(ShardOwners Owners, NodeView View, ClusterInputs Inputs, GatewayReports Reports, ClusterLog Log);
