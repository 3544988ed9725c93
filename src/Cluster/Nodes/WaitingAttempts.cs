using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>
/// The attempts of one shard that this node has not judged. An attempt is judged when the node has read it back, the generation is settled,
/// and either all gateways are alone or the hold of the batch that reports it is complete; otherwise when its hold ends.
/// </summary>
internal sealed class WaitingAttempts(NodeContext context)
{
    private readonly Queue<WaitingAttempt> _queue = [];
    private readonly Dictionary<long, WaitingAttempt> _byId = [];
    private readonly SortedDictionary<ulong, ImmutableArray<long>> _bySeq = [];

    public int Count => _byId.Count;

    public void Add(long id)
    {
        var attempt = new WaitingAttempt(id, context.Now + context.Settings.Hold);
        _byId.Add(id, attempt);
        _queue.Enqueue(attempt);
    }

    /// <summary>Takes over the attempts that an earlier start of this process has not judged. They have no order, and keep their deadlines.</summary>
    public void Succeed(WaitingAttempts before)
    {
        foreach (var waiting in before._queue.Where(a => !a.Judged))
        {
            var attempt = new WaitingAttempt(waiting.Id, waiting.Deadline);
            _byId.Add(attempt.Id, attempt);
            _queue.Enqueue(attempt);
        }
    }

    /// <summary>The attempts are in this entry of the node.</summary>
    public void SetSeq(ulong seq, ImmutableArray<long> attempts)
    {
        if (!attempts.IsEmpty)
            _bySeq[seq] = attempts;
    }

    /// <summary>The node read its own entry in a log.</summary>
    public void ReadBack(ulong seq, GenerationState state, long position)
    {
        if (!_bySeq.TryGetValue(seq, out var ids) || ids.Where(_byId.ContainsKey).ToImmutableArray() is not { IsEmpty: false } waiting)
            return;
        context.Effects.Add(new Ordered(waiting));
        foreach (var id in waiting)
        {
            var attempt = _byId[id];
            (attempt.Generation, attempt.Position, attempt.Arrivals, attempt.Complete) = (state.Generation, position, context.Arrivals, false);
            if (state is { Settled: true, Alone: true })
                Judge(attempt, Basis.Marker);
        }
    }

    /// <summary>The hold of the batches that report these positions is complete.</summary>
    public void Complete(GenerationState state, CompleteMark mark)
    {
        foreach (var attempt in _byId.Values)
            attempt.Complete |= attempt.Generation == state.Generation && attempt.Position >= mark.From && attempt.Position < mark.To;
        JudgeReady(state);
    }

    /// <summary>The order is valid from now on; counts that were resent meanwhile come before the attempts.</summary>
    public void Settle(GenerationState state)
    {
        var resent = state.Resent.Where(r => r.Arrival > 0).OrderBy(r => r.Arrival).ToList();
        var attempts = _byId.Values.Where(a => a.Generation == state.Generation)
            .Select(a => (a.Id, First: resent.Count(r => r.Arrival <= a.Arrivals)))
            .Where(a => a.First < resent.Count).ToImmutableArray();
        if (!attempts.IsEmpty)
            context.Effects.Add(new OrderedBefore([.. resent.Select(r => r.Entry)], attempts));
        JudgeReady(state);
    }

    /// <summary>Judges what waits for nothing any more, after the state of the generation changed.</summary>
    public void JudgeReady(GenerationState state)
    {
        if (!state.Settled)
            return;
        foreach (var attempt in _byId.Values.Where(a => a.Generation == state.Generation && (state.Alone || a.Complete)).ToList())
            Judge(attempt, Basis.Marker);
    }

    /// <summary>Judges the attempts whose hold has ended.</summary>
    /// <param name="state">What the node reads now; null before its first contact.</param>
    public void Tick(GenerationState? state)
    {
        while (_queue.TryPeek(out var attempt) && (attempt.Judged || attempt.Deadline <= context.Now))
        {
            _queue.Dequeue();
            if (!attempt.Judged)
                Judge(attempt, state is { Settled: true } && attempt.Generation == state.Generation ? Basis.HoldOrdered : Basis.HoldUnordered);
        }

        // A later entry's attempts are judged later, apart from those that were judged by a marker.
        while (_bySeq.Count > 0 && _bySeq.First() is var first && !first.Value.Any(_byId.ContainsKey))
            _bySeq.Remove(first.Key);
    }

    private void Judge(WaitingAttempt attempt, Basis basis)
    {
        attempt.Judged = true;
        _byId.Remove(attempt.Id);
        context.Effects.Add(new Decide(attempt.Id, basis, basis == Basis.HoldUnordered ? context.RecentNodes : 1));
    }

    private sealed class WaitingAttempt(long id, long deadline)
    {
        public long Id { get; } = id;

        public long Deadline { get; } = deadline;

        public Generation? Generation { get; set; }

        public long Position { get; set; }

        /// <summary>The number of the last counts that the node had applied when it read the attempt back.</summary>
        public long Arrivals { get; set; }

        public bool Complete { get; set; }

        public bool Judged { get; set; }
    }
}
