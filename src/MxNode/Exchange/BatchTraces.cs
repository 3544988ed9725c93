using System.Diagnostics;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// The traces that batches are part of. An own batch goes into the trace of the first session that waits for it, and each node that counts the batch adds a span. Holds
/// nothing while no exporter listens. Thread-safe.
/// </summary>
/// <param name="self">This node.</param>
internal sealed class BatchTraces(OriginId self)
{
    /// <summary>Sessions that the span of one batch names.</summary>
    public const int MaxCauses = 32;

    /// <summary>Batches whose place in a trace is known, so that it goes on with a copy for another node. Copies are passed on at once.</summary>
    public const int MaxKept = 256;

    private readonly Lock _lock = new();
    private readonly Queue<(ulong Batch, ActivityContext Session)> _causes = [];
    private readonly Dictionary<BatchKey, string> _spans = [];
    private readonly Queue<BatchKey> _kept = [];

    /// <summary>The current session waits for an own batch.</summary>
    /// <param name="batch">The number that the outbox gave.</param>
    public void Note(ulong batch)
    {
        var session = NodeTracing.Here;
        if (session == default)
        {
            return;
        }

        lock (_lock)
        {
            if (_causes.Count == MaxCauses)
            {
                _causes.Dequeue();
            }

            _causes.Enqueue((batch, session));
        }
    }

    /// <summary>What goes to another node with a batch: the traceparent of this node's span of it (W3C Trace Context). Empty if it has none.</summary>
    public string TraceOf(BatchKey batch)
    {
        lock (_lock)
        {
            if (_spans.TryGetValue(batch, out var trace))
            {
                return trace;
            }

            if (_causes.Count == 0 || batch.Origin != self)
            {
                return "";
            }

            var causes = new List<ActivityContext>();
            while (_causes.TryPeek(out var next) && next.Batch <= batch.Seq)
            {
                causes.Add(_causes.Dequeue().Session);
            }

            using var span = NodeTracing.Pass("publish batch", causes);
            Keep(batch, span);
            return span?.Id ?? "";
        }
    }

    /// <summary>Begins the span of a batch that came from another node; null if it came without a trace, or names this node, whose sessions alone give its batches a trace.</summary>
    /// <param name="batch">The batch, whose signature is not checked yet.</param>
    /// <param name="trace">What came with it.</param>
    public Activity? Receive(BatchKey batch, string trace)
    {
        if (batch.Origin == self)
        {
            return null;
        }

        var span = NodeTracing.Take("receive batch", trace);
        lock (_lock)
        {
            Keep(batch, span);
        }

        return span;
    }

    private void Keep(BatchKey batch, Activity? span)
    {
        if (span?.Id is not { } id || !_spans.TryAdd(batch, id))
        {
            return;
        }

        _kept.Enqueue(batch);
        if (_kept.Count > MaxKept)
        {
            _spans.Remove(_kept.Dequeue());
        }
    }
}
