using ThrottleNet.Cluster.Members;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>How a node leaves its cluster in good order.</summary>
internal sealed class Departure(ShardCalls calls, ShardOwners owners, ClusterInputs inputs, ClusterLog log, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);

    private volatile bool _hasMoved;

    /// <summary><see cref="MoveShardsAsync"/> has ended.</summary>
    public bool HasMoved => _hasMoved;

    /// <summary>
    /// Tells the other nodes that this one stops, and waits until its shards have moved to them, and until every live peer has what this node had to report
    /// to other operators: its links end soon after. Where all nodes stop at once, it does not wait for shards.
    /// </summary>
    public async Task MoveShardsAsync()
    {
        try
        {
            if (calls.Silo is { } silo)
            {
                await MoveShardsAsync(silo);
            }
        }
        finally
        {
            _hasMoved = true;
        }
    }

    /// <summary>Pushes the last counts, and says that this node does not return, so that no shard waits for it.</summary>
    public async Task FlushAsync()
    {
        if (calls.Silo is null)
        {
            return;
        }

        inputs.Post(loop => loop.SetState(MemberState.Left));
        await UntilAsync(async () => await inputs.AskAsync(loop => loop.IsFlushed ? "yes" : null) is not null);
    }

    private async Task MoveShardsAsync(SiloLink silo)
    {
        inputs.Post(loop => loop.Yield());
        owners.SetLeaving(silo.Self);
        var others = silo.Nodes.Values.Where(a => !a.Equals(silo.Self)).ToList();
        await Task.WhenAll(others.Select(TellAsync));
        if (others.Count > 0)
        {
            await UntilAsync(async () => (silo.Hosted.Count == 0 || !owners.HasOther(silo.Self)) && await inputs.AskAsync(loop => loop.IsReporting ? null : "no") is not null);
        }

        async Task TellAsync(SiloAddress other)
        {
            try
            {
                await silo.NodeAt(other).LeavesAsync(silo.Self);
            }
            catch (Exception e)
            {
                log.CallFailed(e, $"telling {other} that this node leaves");
            }
        }
    }

    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        var since = time.GetTimestamp();
        while (!await condition() && time.GetElapsedTime(since) < Patience)
        {
            await Task.Delay(LookEvery, time);
        }
    }
}
