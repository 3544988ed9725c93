namespace ThrottleNet.MxNode.Cluster;

/// <summary>What a node copies of a shard from another one, both of the same moment.</summary>
/// <param name="State">As <see cref="ThrottleNet.Cluster.Wire.CopyWire"/> encodes it.</param>
/// <param name="Rows">The counts of the shard's hosts, as <see cref="RowsWire"/> encodes them.</param>
[GenerateSerializer]
[Immutable]
internal sealed record ShardRows([property: Id(0)] byte[] State, [property: Id(1)] byte[] Rows);
