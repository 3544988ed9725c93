namespace ThrottleNet.Protocol.Exchange;

/// <summary>A neighbour's progress for <see cref="HoldBarrier"/>: which of this node's batches it has acknowledged, and which of its own batches must be applied here first.</summary>
internal sealed class LinkHold
{
    // The most acknowledgements that wait for the neighbour's batches. With more, the neighbour is far behind, and the hold takes its full time.
    private const int MaxPending = 64;

    private readonly Queue<(ulong Seq, ulong OwnEpoch, ulong OwnSeq)> _pending = [];

    /// <summary>This node's batches up to this one are acknowledged, and all that the neighbour had counted at that moment is applied.</summary>
    public ulong Complete { get; set; }

    public void Heard(ulong seq, ulong ownEpoch, ulong ownSeq)
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
            && (first.OwnSeq == 0 || neighbour?.WindowOf(first.OwnEpoch)?.Contiguous >= first.OwnSeq))
        {
            _pending.Dequeue();
            Complete = Math.Max(Complete, first.Seq);
        }
    }
}
