using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>Reads the entries of one shard's log in their order, and applies to the ledger what the node does not have yet.</summary>
internal sealed class ShardReader(NodeContext context, int shard, GenerationBook book, UnstableTail tail, WaitingAttempts attempts)
{
    /// <summary>What was read of counts and batches, in all generations.</summary>
    public SequenceMarks Marks { get; set; } = new();

    /// <summary>
    /// Batches whose counts came with a peer's snapshot. They are in <see cref="Marks"/> before the log has them, and stay there when the marks of
    /// a copy replace these marks: the ledger keeps the counts.
    /// </summary>
    public SequenceMarks Covered { get; } = new();

    /// <summary>
    /// Entries of others that the node applied and then copied over: they are in the rows, and the copy's giver had not read them. Read again, they
    /// are not applied.
    /// </summary>
    public HashSet<LogEntry> Ahead { get; } = new(EntryIdentity.Instance);

    /// <summary>Reads on although entries are missing: no other node has them.</summary>
    public bool AcceptsGaps { get; set; }

    /// <returns>False if entries are missing that no node resends: the node has to copy the shard.</returns>
    public bool TryRead(long position, LogEntry entry)
    {
        var state = book.Current!;
        switch (entry)
        {
            case CountsEntry counts:
                return TryRead(state, position, counts);
            case BatchEntry batch:
                Read(position, batch);
                break;
            case ReportMark mark:
                Read(state, position, mark);
                break;
            case CompleteMark mark:
                context.Gateway?.ReportEnded(shard, state.Generation, mark);
                attempts.Complete(state, mark);
                break;
            case PeersMark mark:
                if (shard == 0 && mark.Gateway is { } gateway)
                    context.SetLinked(gateway, mark.Linked);
                state.Alone = mark.Alone;
                attempts.JudgeReady(state);
                break;
            case SettledMark mark:
                (state.Settled, state.Alone) = (true, mark.Alone);
                attempts.Settle(state);
                state.Resent.Clear();
                break;
            case ForgottenMark mark:
                return AcceptsGaps || book.Reached(mark.Generation) >= mark.Below;
        }

        return true;
    }

    private bool TryRead(GenerationState state, long position, CountsEntry entry)
    {
        var read = Marks.SeqOf(entry.Source);
        if (entry.Source != context.Self && entry.Seq > read + 1 && !AcceptsGaps)
            return false;
        long? arrival;
        if (!Marks.TryAdd(entry) || entry.Source == context.Self)
        {
            arrival = tail.SetPosition(entry, position);
        }
        else if (Ahead.Remove(entry))
        {
            arrival = Keep(entry, position);
        }
        else
        {
            arrival = context.NextArrival();
            tail.Add(new TailEntry(entry, arrival.Value, position));
            context.Effects.Add(new ApplyCounts(shard, entry));
        }

        // An entry that was forgotten since it was applied counts as new: an attempt that is judged with it twice is judged more strictly.
        if (!state.Settled && entry.Home != state.Generation)
            state.Resent.Add((entry.Source == context.Self ? 0 : arrival ?? context.NextArrival(), entry));
        if (entry.Source == context.Self)
            attempts.ReadBack(entry.Seq, state, position);
        if (entry.Home == state.Generation)
            state.Unreported.Add(entry.Counts, context.Now, context.NextArrival());
        else
            context.NoteUnmarked(); // another gateway may report them from their home
        return true;
    }

    private void Read(long position, BatchEntry entry)
    {
        var isNew = Marks.TryAdd(entry);
        if (isNew ? Ahead.Remove(entry) : Covered.Contains(entry))
        {
            Keep(entry, position);
        }
        else if (isNew)
        {
            tail.Add(new TailEntry(entry, context.NextArrival(), position));
            context.Effects.Add(new ApplyPeerBatch(shard, entry));
            context.Gateway?.PartApplied(entry);
        }
        else
        {
            tail.SetPosition(entry, position);
        }
    }

    // The counts are in the ledger. Other readers may lack the entry, so this node resends it too.
    private long Keep(LogEntry entry, long position)
    {
        if (tail.SetPosition(entry, position) is { } known)
            return known;
        var arrival = context.NextArrival();
        tail.Add(new TailEntry(entry, arrival, position));
        return arrival;
    }

    // The range of a mark belongs to the gateway that wrote it, even if several gateways act as speaker.
    private void Read(GenerationState state, long position, ReportMark mark)
    {
        var from = state.Reported;
        state.Reported = position + 1;
        if (mark.Gateway == context.Self)
            state.MarkSent = null;
        else
            NoteReport(state, position, mark.Gateway);
        if (mark.Gateway == context.Self && book.TryConfirm(position))
            context.Gateway?.Confirm(state.Unreported.Take(), new ReportedRange(shard, state.Generation, from, position));
        else
            state.Unreported.Clear();
    }

    private void NoteReport(GenerationState state, long position, NodeId gateway)
    {
        context.NoteTakeover();
        if (state.Unreported.Count > 0)
            context.Gateway?.ReportBegan(shard, state.Generation, position, gateway);
    }
}
