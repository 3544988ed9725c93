namespace ThrottleNet.Protocol.Exchange;

/// <summary>How far a neighbour has come for <see cref="HoldBarrier"/>: what it heard of us, and what of it must be here first.</summary>
internal sealed class LinkHold
{
    // A node with so many unanswered batches is far behind, and the timer decides.
    private const int MaxPending = 64;

    private readonly Queue<(ulong Seq, ulong OwnEpoch, ulong OwnSeq)> _pending = [];

    /// <summary>Of our batches, those up to here are heard, and the neighbour's counts of that moment are applied.</summary>
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
            && (first.OwnSeq == 0 || neighbour?.WindowOf(first.OwnEpoch)?.Contiguous >= first.OwnSeq))
        {
            _pending.Dequeue();
            Complete = Math.Max(Complete, first.Seq);
        }
    }
}
