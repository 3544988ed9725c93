using System.Diagnostics;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Wire;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Calls the cluster's grains through the silo of the moment. A call fails while there is none. Thread-safe.</summary>
internal sealed class ShardCalls(ClusterInputs inputs, ClusterLog log)
{
    /// <summary>The entry of Orleans' request context with the traceparent of the push (W3C Trace Context).</summary>
    public const string TraceKey = "traceparent";

    // Spans that the span of one push names.
    private const int MaxCauses = 32;

    // By shard. Accessed only from the loop.
    private readonly Dictionary<int, List<ActivityContext>> _causes = [];

    private volatile SiloLink? _silo;

    /// <summary>The silo runs, or it ended.</summary>
    public SiloLink? Silo
    {
        get => _silo;
        set => _silo = value;
    }

    /// <summary>The next push of counts to a shard is a part of this span's trace. Called only from the loop.</summary>
    public void Note(int shard, ActivityContext cause)
    {
        if (cause == default)
        {
            return;
        }

        if (!_causes.TryGetValue(shard, out var causes))
        {
            _causes.Add(shard, causes = []);
        }

        if (causes.Count < MaxCauses)
        {
            causes.Add(cause);
        }
    }

    /// <summary>Pushes to a shard; the answer is an input of the loop. Called only from the loop.</summary>
    public void Push(int shard, Push push)
    {
        List<ActivityContext>? causes = null;
        if (push.Entries.Length > 0)
        {
            _causes.Remove(shard, out causes);
        }

        _ = PushAsync(shard, push, causes ?? []);
    }

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

    private async Task PushAsync(int shard, Push push, List<ActivityContext> causes)
    {
        using var span = NodeTracing.Pass("push counts", causes);
        if (span is not null)
        {
            RequestContext.Set(TraceKey, span.Id!); // until this method ends
        }

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
