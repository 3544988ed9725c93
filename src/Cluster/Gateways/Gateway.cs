using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Gateways;

/// <summary>
/// The further work of a node with links to other operators: it orders peers' batches, and reports the cluster's counts while it is the speaker. Every
/// gateway keeps its own key, epoch and seq, so no disagreement makes a key sign two bodies under one number.
/// </summary>
public sealed class Gateway
{
    private readonly NodeContext _context;
    private readonly IReadOnlyList<ShardEnd> _ends;
    private long _ticked; // 0: not yet
    private readonly BatchIntake _intake;
    private readonly ReportRounds _rounds;
    private readonly UnfinishedReports _others;
    private (IReadOnlyList<PeerBatchRange> Ranges, long Since)? _snapshot;

    internal Gateway(NodeContext context, IReadOnlyList<ShardEnd> ends)
    {
        _context = context;
        _ends = ends;
        _intake = new BatchIntake(context, ends);
        _rounds = new ReportRounds(context, ends);
        _others = new UnfinishedReports(context);
    }

    /// <summary>The last batch that this gateway published in this epoch.</summary>
    public ulong Published => _rounds.Published;

    /// <summary>Whether this gateway reports the cluster's counts, by its own view.</summary>
    public bool Speaks => _context.Speaks;

    /// <summary>Counts are this gateway's to report, and are not with every live peer: if it ended now, no gateway would report them.</summary>
    public bool IsReporting => _rounds.IsUnderWay;

    /// <inheritdoc cref="BatchIntake.TryReceive"/>
    public bool TryReceive(long now, PeerBatchKey key, string operatorName, long time, BatchCounts counts)
    {
        _context.Now = now;
        return _intake.TryReceive(key, operatorName, time, counts);
    }

    /// <inheritdoc cref="ReportRounds.HoldCompleted"/>
    public void HoldCompleted(long now, ulong seq)
    {
        _context.Now = now;
        _rounds.HoldCompleted(seq);
    }

    /// <inheritdoc cref="ReportRounds.TryPromise"/>
    public bool TryPromise(long now, out ulong seq)
    {
        _context.Now = now;
        return _rounds.TryPromise(out seq);
    }

    /// <summary>
    /// A peer's snapshot came. <see cref="RaiseToSnapshot"/> answers when this node has read the logs up to where they end now: the snapshot contains what the
    /// cluster's gateways reported, and that must not come again through a log. If that takes too long, or another snapshot comes, there is no answer.
    /// </summary>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="ranges">The batches that the snapshot contains. When the logs have them, this node does not apply them; other nodes do.</param>
    public void TakeSnapshot(long now, IReadOnlyList<PeerBatchRange> ranges)
    {
        _context.Now = now;
        _snapshot = (ranges, now);
        foreach (var end in _ends)
        {
            end.CatchUp();
            end.Tick();
        }
    }

    /// <summary>
    /// The counts to subtract from this node's rows, so that they hold exactly the batches that its exchange has published or ordered: the rows and
    /// those batches can then be given to another operator's node as a snapshot. Without this, a count is in the snapshot, and comes
    /// again in the batch that reports it.
    /// </summary>
    /// <returns>Null while the answer is not exact: see rule 16 in <c>docs/cluster-protocol.md</c>.</returns>
    public IReadOnlyList<UnreportedCount>? UnreportedCounts(long now)
    {
        _context.Now = now;
        var isCalm = !StoodStill && now - _context.TookOver >= ClusterLimits.SnapshotCalm;
        return isCalm && !_others.Any && !_context.MayLackMarks && _ends.All(e => e is { Copying: CopyStep.None, State: not null })
            ? [.. _ends.SelectMany(e => e.UnreportedCounts()), .. _rounds.Unpublished, .. _intake.Ahead]
            : null;
    }

    // Also before the first tick. After a standstill, entries of logs and batches of other gateways wait in sockets.
    private bool StoodStill => _context.Now - _ticked > ClusterLimits.Standstill;

    internal void Tick()
    {
        if (StoodStill)
            _context.NoteTakeover();
        _ticked = _context.Now;
        _rounds.Tick();
        if (_snapshot is not { } snapshot)
            return;
        if (_context.Now - snapshot.Since > ClusterLimits.SnapshotPatience)
            _snapshot = null;
        else if (_ends.All(e => e is { HasCaughtUp: true, Copying: CopyStep.None, State: not null }))
            Raise(snapshot.Ranges);
    }

    private void Raise(IReadOnlyList<PeerBatchRange> ranges)
    {
        _snapshot = null;
        _context.NoteTakeover();
        foreach (var range in ranges)
        {
            _intake.Cover(range);
            foreach (var end in _ends)
                end.Cover(range);
        }

        _intake.CoverMissing();
        _context.Effects.Add(new RaiseToSnapshot());
    }

    /// <summary>The node read another gateway's mark, which takes counts.</summary>
    internal void ReportBegan(int shard, Generation generation, long position, NodeId gateway) => _others.Add(shard, generation, position, gateway);

    /// <summary>The node read that a report is complete.</summary>
    internal void ReportEnded(int shard, Generation generation, CompleteMark mark)
    {
        if (_others.Remove(shard, generation, mark))
            _context.NoteTakeover();
    }

    internal void PartApplied(BatchEntry entry) => _intake.PartApplied(entry);

    internal void PartOrdered(int shard, PeerBatchKey key) => _intake.PartOrdered(shard, key);

    internal void Confirm(IEnumerable<ReportedCount> counts, ReportedRange range) => _rounds.Confirm(counts, range);
}
