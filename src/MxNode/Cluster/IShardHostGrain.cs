namespace ThrottleNet.MxNode.Cluster;

/// <summary>The shards that one silo hosts, for the pushes of another node: one call for all of them. The key is the parsable address of the silo.</summary>
internal interface IShardHostGrain : IGrainWithStringKey
{
    /// <summary>Takes a push for each shard.</summary>
    /// <param name="shards">The shards.</param>
    /// <param name="pushes">A push for each, as <see cref="ThrottleNet.Cluster.Wire.PushWire"/> encodes it.</param>
    /// <returns>The replies, encoded likewise; null for a shard that the silo does not host, and for a push that it cannot read: <see cref="IShardGrain.PushAsync"/> reaches it.</returns>
    public Task<byte[]?[]> PushAsync(int[] shards, byte[][] pushes);
}
