using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Gateways;

/// <summary>Writes peers' batches into the logs, and reports when each is there.</summary>
internal sealed class BatchIntake(NodeContext context, IReadOnlyList<ShardEnd> ends)
{
    // The parts that this gateway has not read back, by shard.
    private readonly Dictionary<PeerBatchKey, Dictionary<int, BatchEntry>> _missing = [];

    // Parts in the ledger of batches that are not ordered here: another part is missing, or the exchange has not received the batch,
    // which another gateway wrote into the logs.
    private readonly OrderedDictionary<PeerBatchKey, List<BatchEntry>> _ahead = [];
    private readonly SequenceMarks _ordered = new();

    /// <summary>
    /// Counts in the ledger whose batch is not ordered here, so the exchange does not name it as applied. A batch that no node keeps any more
    /// does not come.
    /// </summary>
    public IEnumerable<UnreportedCount> Ahead =>
        _ahead.Values.SelectMany(parts => parts).Where(p => context.Now - p.Time <= ClusterLimits.BatchMemory).SelectMany(p => UnreportedCount.Of(p.Part));

    /// <summary>
    /// Takes a verified batch of the exchange. <see cref="BatchOrdered"/> says when this gateway has read it back from every shard that it
    /// concerns: only then the exchange may acknowledge it, because a peer that has the acknowledgement judges.
    /// <para>
    /// The batches of the cluster's own gateways carry counts that the logs have, so they are not pushed. The operator in the origin's
    /// certificate decides that. The membership must not: a gateway that has just joined, or has just died, is missing in some views, and
    /// its counts would come in twice for the whole cluster.
    /// </para>
    /// </summary>
    /// <returns>False if too many batches wait for a log; the exchange asks for this one again later.</returns>
    public bool TryReceive(PeerBatchKey key, string operatorName, long time, BatchCounts counts)
    {
        if (_missing.ContainsKey(key))
            return true;
        if (_missing.Count >= ClusterLimits.MaxWaitingBatches)
            return false;
        var parts = operatorName == context.Settings.Operator ? null : ShardMap.Split(counts, ends.Count);
        if (parts is null or { Count: 0 })
        {
            Order(key);
            return true;
        }

        var entries = parts.ToDictionary(p => p.Key, p => new BatchEntry(key, operatorName, time, p.Value));
        _missing.Add(key, new Dictionary<int, BatchEntry>(entries));
        foreach (var (shard, entry) in entries)
        {
            ends[shard].Push(entry);
            ends[shard].Tick();
        }

        return true;
    }

    public void PartOrdered(int shard, PeerBatchKey key)
    {
        if (!_missing.TryGetValue(key, out var shards) || !shards.Remove(shard) || shards.Count > 0)
            return;
        _missing.Remove(key);
        Order(key);
    }

    /// <summary>The node applied a part of a batch.</summary>
    public void PartApplied(BatchEntry entry)
    {
        if (_ordered.Contains(entry.Key))
            return;
        if (!_ahead.TryGetValue(entry.Key, out var parts))
        {
            if (_ahead.Count >= ClusterLimits.MaxWaitingBatches)
                _ahead.RemoveAt(0);
            _ahead.Add(entry.Key, parts = []);
        }

        parts.Add(entry);
    }

    /// <summary>A peer's snapshot brought these batches into the rows.</summary>
    public void Cover(in PeerBatchRange range)
    {
        _ordered.Add(range);
        foreach (var key in _ahead.Keys.Where(_ordered.Contains).ToList())
            _ahead.Remove(key);
    }

    /// <summary>
    /// The rows have the counts of every batch that still waits for a log, since a snapshot was raised. The exchange names such a batch as applied only when it
    /// is ordered, so until then it is among <see cref="Ahead"/>.
    /// </summary>
    public void CoverMissing()
    {
        foreach (var (key, entries) in _missing)
            _ahead[key] = [.. entries.Values];
    }

    private void Order(PeerBatchKey key)
    {
        _ahead.Remove(key);
        _ordered.Add(key);
        context.Effects.Add(new BatchOrdered(key));
    }
}
