using ThrottleNet.Cluster.Wire;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Answers for the shards of this silo. One call costs two nodes some hundred microseconds, so a node makes one for all shards of a silo.</summary>
[NodePlacement]
internal sealed class ShardHostGrain(HostedShards hosted) : Grain, IShardHostGrain
{
    public Task<byte[]?[]> PushAsync(int[] shards, byte[][] pushes)
    {
        using var span = NodeTracing.Take("take counts", RequestContext.Get(ShardCalls.TraceKey) as string);
        var replies = new byte[]?[shards.Length];
        for (var i = 0; i < replies.Length; i++)
        {
            replies[i] = Push(shards[i], pushes[i]);
        }

        return Task.FromResult(replies);
    }

    // What cannot be read comes again in a call of its own, so that its caller learns what is wrong; the other pushes go on.
    private byte[]? Push(int shard, byte[] push)
    {
        try
        {
            return hosted.Push(shard, PushWire.DecodePush(push)) is { } reply ? PushWire.Encode(reply) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
