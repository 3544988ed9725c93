using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Wire;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Calls the cluster's grains through the silo of the moment. A call fails while there is none. Thread-safe.</summary>
internal sealed class ShardCalls(ClusterInputs inputs, ClusterLog log)
{
    private volatile SiloLink? _silo;

    /// <summary>The silo runs, or it ended.</summary>
    public SiloLink? Silo
    {
        get => _silo;
        set => _silo = value;
    }

    /// <summary>Pushes to a shard; the answer is an input of the loop.</summary>
    public void Push(int shard, Push push) => _ = PushAsync(shard, push);

    /// <summary>A copy of a shard from another node; null if it has none, or does not answer.</summary>
    public async Task<ShardRows?> CopyAsync(NodeId giver, int shard)
    {
        try
        {
            return _silo is { } silo && silo.AddressOf(giver) is { } address
                ? await silo.Grains.GetGrain<INodeGrain>(address.ToParsableString()).CopyAsync(shard)
                : null;
        }
        catch (Exception e)
        {
            log.CallFailed(e, $"copy of shard {shard} from {giver}");
            return null;
        }
    }

    private async Task PushAsync(int shard, Push push)
    {
        PushReply? reply = null;
        try
        {
            reply = _silo is { } silo ? PushWire.DecodeReply(await silo.Grains.GetGrain<IShardGrain>(shard).PushAsync(PushWire.Encode(push))) : null;
        }
        catch (Exception e)
        {
            // The silo is stopping, another one does not answer, or the shard is on its way: the push is repeated.
            log.CallFailed(e, $"push to shard {shard}");
        }

        inputs.Post(loop => loop.Answered(shard, push, reply));
    }
}
