using System.Diagnostics;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Wire;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// Calls the cluster's grains through the silo of the moment. A call fails while there is none. Thread-safe, but for <see cref="Push"/> and <see cref="Send(ClusterLoop)"/>.
/// </summary>
internal sealed class ShardCalls(ClusterInputs inputs, ShardOwners owners, ClusterLog log)
{
    /// <summary>The entry of Orleans' request context with the traceparent of a call (W3C Trace Context).</summary>
    public const string TraceKey = "traceparent";

    // Spans that the span of one push names.
    private const int MaxCauses = 32;

    // Pushes that answers of shards of this silo cause in turn: while many entries come in, each answer has some of them.
    private const int MostRounds = 16;

    private readonly List<ShardPush> _due = [];

    // For each silo with a call under way, the pushes that wait for its end: together they cost one call.
    private readonly Dictionary<SiloAddress, List<ShardPush>> _waiting = [];

    // For each shard, the spans whose counts the next push takes there. Accessed only from the loop.
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

    /// <summary>Pushes to a shard with the next <see cref="Send(ClusterLoop)"/>; the answer is an input of the loop. Called from the loop only.</summary>
    public void Push(int shard, Push push)
    {
        List<ActivityContext>? causes = null;
        if (push.Entries.Length > 0)
        {
            _causes.Remove(shard, out causes);
        }

        _due.Add(new(shard, push, causes ?? []));
    }

    /// <summary>
    /// Hands the pushes on: those for shards of this silo to their logs, which answer at once, the others in one call for each silo. Called from the loop only.
    /// </summary>
    public void Send(ClusterLoop loop)
    {
        for (var round = 0; _due.Count > 0 && round < MostRounds; round++)
        {
            ShardPush[] due = [.. _due];
            _due.Clear();
            Send(loop, due);
        }

        if (_due.Count > 0)
        {
            inputs.Post(_ => { }); // the rest goes out after it
        }
    }

    /// <summary>A copy of a shard from another node; null if it has none, does not answer, or another version of the program wrote it.</summary>
    public async Task<ReceivedCopy?> CopyAsync(NodeId giver, int shard)
    {
        try
        {
            return _silo is { } silo && silo.AddressOf(giver) is { } address
                && await silo.NodeAt(address).CopyAsync(shard) is { } rows
                ? new ReceivedCopy(CopyWire.Decode(rows.State), rows)
                : null;
        }
        catch (Exception e)
        {
            log.CallFailed(e, $"copy of shard {shard} from {giver}");
            return null;
        }
    }

    // Another silo that should host the shard; null if it is this one, or this one has just ended.
    private SiloAddress? HostOf(SiloLink silo, int shard)
    {
        try
        {
            return owners.OwnerElsewhere(silo.Shard(shard).GetGrainId(), silo.Self);
        }
        catch (Exception e)
        {
            log.CallFailed(e, $"the host of shard {shard}");
            return null;
        }
    }

    private void Send(ClusterLoop loop, ShardPush[] pushes)
    {
        var silo = _silo;
        List<ShardPush> elsewhere = [];
        foreach (var due in pushes)
        {
            if (silo is null)
            {
                Answer(due, null);
            }
            else if (!TryPushHere(silo, loop, due))
            {
                elsewhere.Add(due);
            }
        }

        foreach (var host in elsewhere.GroupBy(due => HostOf(silo!, due.Shard)))
        {
            Call(silo!, host.Key, [.. host]);
        }
    }

    private bool TryPushHere(SiloLink silo, ClusterLoop loop, ShardPush due)
    {
        try
        {
            if (silo.Hosted.Push(due.Shard, due.Push) is not { } reply)
            {
                return false;
            }

            loop.Handle(l => l.Answered(due.Shard, due.Push, reply));
        }
        catch (Exception e)
        {
            Fail(e, due);
        }

        return true;
    }

    private void Call(SiloLink silo, SiloAddress? host, ShardPush[] due)
    {
        if (host is null)
        {
            Array.ForEach(due, d => _ = AskAsync(silo, d));
        }
        else if (_waiting.TryGetValue(host, out var waiting))
        {
            waiting.AddRange(due);
        }
        else
        {
            _waiting.Add(host, []);
            _ = CallAsync(silo, host, due);
        }
    }

    private async Task CallAsync(SiloLink silo, SiloAddress host, ShardPush[] due)
    {
        using var span = Trace(due);
        byte[]?[]? replies = null;
        try
        {
            replies = await silo.ShardsAt(host)
                .PushAsync(Array.ConvertAll(due, d => d.Shard), Array.ConvertAll(due, d => PushWire.Encode(d.Push)));
            if (replies.Length != due.Length)
            {
                throw new InvalidDataException($"{replies.Length} replies to {due.Length} pushes");
            }
        }
        catch (SiloUnavailableException)
        {
            // The host is dead, or runs an older version, which has no such grain: Orleans finds the shards.
            replies = new byte[]?[due.Length];
        }
        catch (Exception e)
        {
            // This silo is stopping, or the other one does not answer as it should: the pushes are repeated.
            replies = null;
            log.CallFailed(e, $"pushes to {due.Length} shards at {host}");
        }

        PushReply?[] decoded = [.. due.Select((d, i) => replies?[i] is { } octets ? Decode(d, octets) : null)];
        inputs.Do(loop =>
        {
            Free(host);
            for (var i = 0; i < due.Length; i++)
            {
                if (replies is not null && replies[i] is null)
                {
                    _ = AskAsync(silo, due[i]);
                }
                else
                {
                    loop.Answered(due[i].Shard, due[i].Push, decoded[i]);
                }
            }
        });
    }

    // What waited goes out with the next Send.
    private void Free(SiloAddress host)
    {
        _waiting.Remove(host, out var waiting);
        _due.AddRange(waiting!);
    }

    // A shard that its silo does not host is on its way, or not active: Orleans finds or activates it.
    private async Task AskAsync(SiloLink silo, ShardPush due)
    {
        using var span = Trace(due);
        try
        {
            Answer(due, Decode(due, await silo.Shard(due.Shard).PushAsync(PushWire.Encode(due.Push))));
        }
        catch (Exception e)
        {
            Fail(e, due);
        }
    }

    // Null if another version of the program wrote it. Whatever is wrong with it, the calls to its host go on.
    private PushReply? Decode(ShardPush due, byte[] octets)
    {
        try
        {
            return PushWire.DecodeReply(octets);
        }
        catch (Exception e)
        {
            log.CallFailed(e, $"push to shard {due.Shard}");
            return null;
        }
    }

    // Begins the span of a call and names it to the other silo, until the calling method ends.
    private static Activity? Trace(params ShardPush[] due)
    {
        var span = NodeTracing.Pass("push counts", [.. due.SelectMany(d => d.Causes)]);
        if (span is not null)
        {
            RequestContext.Set(TraceKey, span.Id!);
        }

        return span;
    }

    private void Fail(Exception fault, ShardPush due)
    {
        log.CallFailed(fault, $"push to shard {due.Shard}");
        Answer(due, null);
    }

    private void Answer(ShardPush due, PushReply? reply) => inputs.Post(loop => loop.Answered(due.Shard, due.Push, reply));

    private readonly record struct ShardPush(int Shard, Push Push, List<ActivityContext> Causes);
}
