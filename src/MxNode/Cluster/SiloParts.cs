using ThrottleNet.MxNode.Cluster.Members;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>What the grains of a silo need of the node.</summary>
internal sealed record SiloParts(ShardOwners Owners, NodeView View, NodeParts Node, MemberListState Members);
