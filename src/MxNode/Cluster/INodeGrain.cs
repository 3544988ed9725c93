namespace ThrottleNet.MxNode.Cluster;

/// <summary>A node of the cluster, for calls that concern that node. The key is the parsable address of its silo.</summary>
internal interface INodeGrain : IGrainWithStringKey
{
    /// <summary>A copy of a shard for a node that lacks entries; null while this node itself lacks some.</summary>
    [ResponseTimeout("00:01:00")]
    public Task<ShardRows?> CopyAsync(int shard);

    /// <summary>The node's links with other operators, as <see cref="GatewayReports"/> encodes them; null for a node that is no gateway.</summary>
    public Task<byte[]?> DescribeLinksAsync();

    /// <summary>A silo is about to stop: it hosts no shard from now on.</summary>
    public Task LeavesAsync(SiloAddress silo);
}
