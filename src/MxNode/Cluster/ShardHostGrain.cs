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
            replies[i] = hosted.Push(shards[i], PushWire.DecodePush(pushes[i])) is { } reply ? PushWire.Encode(reply) : null;
        }

        return Task.FromResult(replies);
    }
}
