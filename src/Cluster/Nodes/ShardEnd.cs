using ThrottleNet.Cluster.Gateways;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>A node's end of one shard: it pushes, reads, resends to a new generation, and copies when entries are missing.</summary>
internal sealed class ShardEnd
{
    private readonly NodeContext _context;
    private readonly int _shard;
    private PendingCounts _pending = new();
    private readonly UnstableTail _tail = new();
    private readonly GenerationBook _book = new();
    private readonly WaitingAttempts _attempts;
    private readonly OwnBatches _batches;
    private readonly PushQueue _queue;
    private readonly ShardReader _reader;
    private ulong _seq;
    private long _stable;
    private long? _catchUpAfter;

    public ShardEnd(NodeContext context, int shard, bool joining)
    {
        (_context, _shard) = (context, shard);
        _attempts = new WaitingAttempts(context);
        _batches = new OwnBatches(context, shard);
        _queue = new PushQueue(context);
        _reader = new ShardReader(context, shard, _book, _tail, _attempts);
        Copying = joining ? CopyStep.Register : CopyStep.None;
    }

    public CopyStep Copying { get; private set; }

    /// <summary>What the node reads now; null before its first contact.</summary>
    public GenerationState? State => _book.Current;

    /// <summary>Entries that some reader may lack.</summary>
    public int TailCount => _tail.Count;

    /// <summary>Nothing waits to be pushed, or for the answer to a push with entries.</summary>
    public bool IsFlushed => _pending.Count == 0 && _queue.IsEmpty;

    public int WaitingAttempts => _attempts.Count;

    public void Register(long? attempt, CountEntry count, bool bad)
    {
        _pending.Add(attempt, count, bad, _context.Now);
        if (attempt is { } id)
            _attempts.Add(id);
        _queue.Hurry();
    }

    /// <summary>Pushes a peer's batch, unless the node has read it.</summary>
    public void Push(BatchEntry entry)
    {
        if (_reader.Marks.Contains(entry.Key) && !_reader.Covered.Contains(entry.Key))
            _context.Gateway?.PartOrdered(_shard, entry.Key);
        else if (_batches.Add(entry))
            _queue.Add(entry);
    }

    /// <summary>Pushes a report mark.</summary>
    public void Report()
    {
        State!.MarkSent = _context.Now;
        _queue.Add(new ReportMark(_context.Self));
    }

    /// <summary>The hold of a reported range is complete. A mark means nothing in another generation.</summary>
    public void Complete(ReportedRange range)
    {
        if (State?.Generation == range.Generation)
            _queue.Add(new CompleteMark(range.From, range.To));
    }

    public void Tick()
    {
        _attempts.Tick(Copying == CopyStep.None ? State : null);
        Send();
    }

    public void Replied(long number, PushReply reply)
    {
        if (_queue.TakeAnswered(number, reply) is not { } push)
            return;
        switch (reply)
        {
            case PushElsewhere or PushTrimmed when Copying == CopyStep.Register:
                Copying = CopyStep.Requested;
                _context.Effects.Add(new RequestCopy(_shard));
                break;
            case PushElsewhere elsewhere when elsewhere.Generation != State?.Generation:
                Switch(elsewhere);
                break;
            case PushElsewhere or PushTrimmed when _reader.AcceptsGaps && State is not null:
                State.SkipTo(reply.Start);
                break;
            case PushElsewhere or PushTrimmed:
                Copying = CopyStep.Register;
                _queue.Hurry();
                break;
            case PushTaken taken when taken.Generation == State?.Generation:
                Read(push, taken);
                break;
        }

        Send();
    }

    public void Failed(long number) => _queue.Fail(number);

    /// <summary>The node has read everything that the log had when <see cref="CatchUp"/> was called.</summary>
    public bool HasCaughtUp => _catchUpAfter is null;

    /// <summary>Reads the log up to its present end; a push that is under way may not show it.</summary>
    public void CatchUp()
    {
        _catchUpAfter = _queue.Number;
        _queue.Hurry();
    }

    /// <summary>These batches are in the rows, because a peer's snapshot contained them. They are not applied when the log has them.</summary>
    public void Cover(in PeerBatchRange range)
    {
        _reader.Covered.Add(range);
        _reader.Marks.Add(range);
    }

    /// <summary>
    /// Takes over from an earlier start of this process what the ledger has and no log: counts that are in no entry yet, and what
    /// <see cref="Cover(in PeerBatchRange)"/> named. Attempts that wait go on waiting: those whose counts are in no entry yet get an order, the others are
    /// judged at the hold.
    /// </summary>
    public void Succeed(ShardEnd before)
    {
        _pending = before._pending;
        _attempts.Succeed(before._attempts);
        _reader.Covered.AddBatches(before._reader.Covered);
        _reader.Marks.AddBatches(before._reader.Covered);
    }

    /// <summary>The cluster's counts in this node's rows that no gateway has reported, as far as this node knows.</summary>
    public IEnumerable<UnreportedCount> UnreportedCounts() =>
        _book.AllUnreported().Select(c => new UnreportedCount(new CountEntry(c.Key, c.Quarters), c.Bad))
            .Concat(_tail.Entries.Where(IsOwnUnread).Concat(_reader.Ahead).OfType<CountsEntry>().Select(e => e.Counts).Concat(_pending.All()).SelectMany(UnreportedCount.Of));

    /// <summary>Null while this node itself has to copy.</summary>
    public ShardCopy? GiveCopy() => Copying != CopyStep.None || State is null ? null : new ShardCopy(
        State, _book, _reader.Marks, _tail.Without(e => IsOwnUnread(e) || _reader.Ahead.Contains(e)),
        [.. _tail.Entries.Where(IsOwnUnread).Concat(_reader.Ahead).Select(CountsOf), .. _pending.All()]);

    /// <summary>
    /// Goes on from the giver's state. What this node holds and the giver has not read is resent, if the logs can take it without a gap. This node's rows have
    /// it already, so it is not applied again.
    /// </summary>
    /// <returns>Counts in this node's rows that the copied rows lack; null if the giver lacks own counts that this node knows to be forgotten.</returns>
    public IReadOnlyList<BatchCounts>? InstallCopy(ShardCopy copy)
    {
        var held = HeldBeyond(copy.Marks);
        var own = held.Where(e => IsOwn(e.Entry)).Select(e => e.Entry).ToList();
        if (Copying != CopyStep.Requested || copy.Marks.SeqOf(_context.Self) + (ulong)own.Count != _seq)
            return null;
        Copying = CopyStep.None;
        _reader.Ahead.UnionWith(_tail.Entries.Where(e => !IsOwn(e)));
        _reader.Ahead.RemoveWhere(copy.Marks.Contains);
        _context.NoteUnmarked();
        var state = copy.State.Clone(_context.NextArrival());
        state.Resent.Clear();
        state.Resent.AddRange(copy.State.Resent.Select(r => (ArrivalOf(r.Entry), r.Entry)));
        _book.Replace(copy, state);
        _reader.Marks = copy.Marks.Clone();
        _reader.Marks.AddBatches(_reader.Covered);
        _tail.Replace([.. copy.Tail.Select(e => e with { Arrival = _context.NextArrival() }), .. held.Select(e => e with { Position = null })]);
        _batches.Forget();
        _queue.Replace(held.Select(e => e.Entry).Concat(_batches.Entries));
        _stable = 0;
        return [.. own.Concat(_reader.Ahead).Select(CountsOf), .. _pending.All()];
    }

    /// <summary>No copy came; the node registers anew and tries again.</summary>
    public void CopyFailed() => Copying = Copying == CopyStep.Requested ? CopyStep.Register : Copying;

    /// <summary>No node has a complete copy. This one goes on with what it has, and its host raises its rows to those of the others.</summary>
    public void GoOnWithoutCopy()
    {
        Copying = CopyStep.None;
        _context.NoteUnmarked();
        _reader.AcceptsGaps = true;
        _queue.Drop();
    }

    private List<TailEntry> HeldBeyond(SequenceMarks marks)
    {
        var beyond = marks.Clone();
        return [.. _tail.All.Where(e => (e.Entry is not CountsEntry c || c.Seq == beyond.SeqOf(c.Source) + 1) && beyond.TryAdd(e.Entry))];
    }

    // What came with the copy is new to the attempts that were read back before.
    private long ArrivalOf(CountsEntry copied)
    {
        if (copied.Source == _context.Self)
            return 0;
        var known = State?.Resent.FirstOrDefault(r => r.Entry.Source == copied.Source && r.Entry.Seq == copied.Seq);
        return known is { Arrival: > 0 and var arrival } ? arrival : _context.NextArrival();
    }

    private bool IsOwn(LogEntry entry) => entry is CountsEntry c && c.Source == _context.Self;

    private bool IsOwnUnread(LogEntry entry) => IsOwn(entry) && !_reader.Marks.Contains(entry);

    private static BatchCounts CountsOf(LogEntry entry) => entry switch
    {
        CountsEntry c => c.Counts,
        BatchEntry b => b.Part,
        _ => BatchCounts.Empty,
    };

    // While a push is unanswered it is repeated, and no entry is made: its home would be a generation that may be dead.
    private void Send()
    {
        if (Copying == CopyStep.Requested || !_queue.IsDue)
            return;
        if (Copying == CopyStep.Register || State is null)
        {
            SendNow(null, 0);
            return;
        }

        while (_pending.Count > 0 && !_queue.IsRepetition)
        {
            var (counts, attempts, time) = _pending.Take();
            var entry = new CountsEntry(_context.Self, ++_seq, State.Generation, time, counts);
            _attempts.SetSeq(_seq, attempts);
            _tail.Add(new TailEntry(entry, 0, null));
            _queue.Add(entry);
        }

        SendNow(State.Generation, State.Cursor);
    }

    private void SendNow(Generation? generation, long cursor) => _context.Effects.Add(new SendPush(
        _shard, _queue.Next(generation, cursor, _book.Forgotten, canResend: generation is not null || _tail.Count == 0)));

    // Resends every entry that is not stable yet and that the new generation lacks, this node's own and others'. A report mark of the
    // old generation means nothing in the new one.
    private void Switch(PushElsewhere reply)
    {
        var begins = _book.Switch(reply.Generation);
        _stable = 0;
        _tail.ForgetPositions();
        _batches.Forget();
        var resent = _tail.Entries.Concat(_batches.Entries).Where(e => !reply.Contained.Contains(e)).ToList();
        _context.Resent += resent.Count;
        _queue.Replace(resent);
        if (State!.Cursor < reply.Start)
        {
            State.SkipTo(reply.Start);
            Copying = _reader.AcceptsGaps ? CopyStep.None : CopyStep.Register;
        }
        else if (!begins && State.MarkSent is not null)
        {
            Report();
        }
    }

    private void Read(Push push, PushTaken taken)
    {
        _batches.Taken(push.Entries.OfType<BatchEntry>(), taken.End);
        var state = State!;
        for (var i = 0; i < taken.News.Length; i++)
        {
            if (taken.From + i < state.Cursor)
                continue;
            if (!_reader.TryRead(taken.From + i, taken.News[i]))
            {
                Copying = CopyStep.Register;
                _queue.Hurry();
                return;
            }

            state.Cursor = taken.From + i + 1;
            if (taken.News[i] is BatchEntry batch)
                _batches.Read(batch.Key);
        }

        _batches.ReadUpTo(state.Cursor);
        var placed = push.Resent && _tail.Place(taken.End - 1, _queue.Entries());
        if (placed || taken.Start > _stable)
            _tail.Forget(taken.Start);
        if (taken.Start > _stable)
            _book.SetForgotten(_stable = taken.Start);

        _reader.AcceptsGaps &= state.Cursor < taken.End;
        if (push.Number > _catchUpAfter && state.Cursor >= taken.End)
            _catchUpAfter = null;
        if (state.Cursor < taken.End || !_queue.IsEmpty || _pending.Count > 0)
            _queue.Hurry();
    }
}
