using Orleans.Concurrency;
using ThrottleNet.MxNode.Cluster.News;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Answers for this node.</summary>
[NodePlacement]
[Reentrant]
internal sealed class NodeGrain(NodeParts parts) : Grain, INodeGrain
{
    public Task<ShardRows?> CopyAsync(int shard) => parts.Inputs.AskAsync(loop => loop.GiveCopy(shard));

    public Task<byte[]> DescribeAsync() => Task.FromResult(parts.Monitor.Describe());

    public Task<byte[]?> DescribeLinksAsync() => parts.Reports.OwnAsync();

    public Task TakeNewsAsync(NewsCall call)
    {
        parts.News.Receive(call);
        return Task.CompletedTask;
    }

    public Task<NewsItem[]> ReadNewsAsync() => Task.FromResult(parts.News.ReadAll());

    public Task<byte[][]?> FeedAsync(string node, Guid feed, bool opens, byte[][] frames) => parts.Feeds.ExchangeAsync(node, feed, opens, frames);

    public Task LeavesAsync(SiloAddress silo)
    {
        parts.Owners.SetLeaving(silo);
        return Task.CompletedTask;
    }
}
