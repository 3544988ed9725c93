using ThrottleNet.MxNode.Cluster.Feed;
using ThrottleNet.MxNode.Cluster.News;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>A node of the cluster, for calls that concern that node. The key is the parsable address of its silo.</summary>
internal interface INodeGrain : IGrainWithStringKey
{
    /// <summary>A copy of a shard for a node that lacks entries; null while this node itself lacks some.</summary>
    [ResponseTimeout("00:01:00")]
    public Task<ShardRows?> CopyAsync(int shard);

    /// <summary>The node's part of the cluster, as <see cref="ClusterMonitor.Describe"/> gives it.</summary>
    public Task<byte[]> DescribeAsync();

    /// <summary>The node's links with other operators, as <see cref="GatewayReports"/> encodes them; null for a node that is no gateway.</summary>
    public Task<byte[]?> DescribeLinksAsync();

    /// <summary>Takes news of another node.</summary>
    public Task TakeNewsAsync(NewsCall call);

    /// <summary>Everything that the node knows of its topics.</summary>
    [ResponseTimeout("00:01:00")]
    public Task<NewsItem[]> ReadNewsAsync();

    /// <inheritdoc cref="FeedDesk.ExchangeAsync"/>
    [ResponseTimeout("00:00:10")]
    public Task<byte[][]?> FeedAsync(string node, Guid feed, bool opens, byte[][] frames);

    /// <summary>A silo is about to stop: it hosts no shard from now on.</summary>
    public Task LeavesAsync(SiloAddress silo);
}
