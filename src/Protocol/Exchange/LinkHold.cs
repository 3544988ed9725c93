namespace ThrottleNet.Protocol.Exchange;

/// <summary>A neighbour's progress for <see cref="HoldBarrier"/>: what it has acknowledged, and which of its own batches must be applied here first.</summary>
internal sealed class LinkHold
{
    // The most acknowledgements that wait for the neighbour's batches. With more, the neighbour is far behind, and the hold takes its full time.
    private const int MaxPending = 64;

    private readonly Queue<(ulong Seq, ulong OwnEpoch, ulong OwnSeq)> _pending = [];

    /// <summary>The neighbour has acknowledged our batches up to this seq, and what it had counted by then is applied here.</summary>
    public ulong Complete { get; set; }

    public void Acknowledged(ulong seq, ulong ownEpoch, ulong ownSeq)
    {
        if (seq > Complete && _pending.Count < MaxPending)
            _pending.Enqueue((seq, ownEpoch, ownSeq));
    }

    public void Forget()
    {
        _pending.Clear();
        Complete = 0;
    }

    public void Advance(OriginState? neighbour)
    {
        while (_pending.TryPeek(out var first)
            && (first.OwnSeq == 0 || neighbour?.ContiguousOf(first.OwnEpoch) >= first.OwnSeq))
        {
            _pending.Dequeue();
            Complete = Math.Max(Complete, first.Seq);
        }
    }
}
