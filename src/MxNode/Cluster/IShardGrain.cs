namespace ThrottleNet.MxNode.Cluster;

/// <summary>A shard of the cluster: an ordered log of counts. The key is the shard's number.</summary>
internal interface IShardGrain : IGrainWithIntegerKey
{
    /// <summary>Takes a push and answers it.</summary>
    /// <param name="push">As <see cref="ThrottleNet.Cluster.Wire.PushWire"/> encodes it.</param>
    /// <returns>The reply, encoded likewise.</returns>
    public Task<byte[]> PushAsync(byte[] push);
}
