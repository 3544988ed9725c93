using Orleans.Concurrency;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Answers for this node.</summary>
[NodePlacement]
[Reentrant]
internal sealed class NodeGrain(ClusterInputs inputs, ShardOwners owners, GatewayReports reports) : Grain, INodeGrain
{
    public Task<ShardRows?> CopyAsync(int shard) => inputs.AskAsync(loop => loop.GiveCopy(shard));

    public Task<byte[]?> DescribeLinksAsync() => reports.OwnAsync();

    public Task LeavesAsync(SiloAddress silo)
    {
        owners.SetLeaving(silo);
        return Task.CompletedTask;
    }
}
