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
    private readonly BatchIntake _intake;
    private readonly ReportRounds _rounds;

    internal Gateway(NodeContext context, IReadOnlyList<ShardEnd> ends)
    {
        _context = context;
        _intake = new BatchIntake(context, ends);
        _rounds = new ReportRounds(context, ends);
    }

    /// <summary>The last batch that this gateway published in this epoch.</summary>
    public ulong Published => _rounds.Published;

    /// <summary>Whether this gateway reports the cluster's counts, by its own view.</summary>
    public bool Speaks => _context.Speaks;

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

    internal void Tick() => _rounds.Tick();

    internal void PartOrdered(int shard, PeerBatchKey key) => _intake.PartOrdered(shard, key);

    internal void Confirm(IEnumerable<ReportedCount> counts, ReportedRange range) => _rounds.Confirm(counts, range);
}
