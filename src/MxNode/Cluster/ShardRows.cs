using ThrottleNet.Cluster.Nodes;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>What a node copies of a shard from another one, both of the same moment.</summary>
/// <param name="State">As <see cref="ThrottleNet.Cluster.Wire.CopyWire"/> encodes it.</param>
/// <param name="Rows">The counts of the shard's hosts, as <see cref="RowsWire"/> encodes them.</param>
/// <param name="Marks">Ages, standing and evidence of those hosts, as <see cref="MarksWire"/> encodes them.</param>
/// <param name="Areas">The counts of the shard's sites and regions, likewise.</param>
[GenerateSerializer]
[Immutable]
internal sealed record ShardRows([property: Id(0)] byte[] State, [property: Id(1)] byte[] Rows, [property: Id(2)] byte[]? Marks, [property: Id(3)] byte[]? Areas);

/// <summary>What a node got from another one when it asked for a copy of a shard.</summary>
/// <param name="Copy">The state, decoded.</param>
/// <param name="Rows">All of it, as it came.</param>
internal sealed record ReceivedCopy(ShardCopy Copy, ShardRows Rows);
