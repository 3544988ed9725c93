using System.Collections.Immutable;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>What this node counted in one shard and has not put into an entry yet.</summary>
internal sealed class PendingCounts
{
    private readonly Queue<(long? Attempt, ulong Key, uint Quarters, bool Bad)> _counts = [];

    public int Count => _counts.Count;

    public void Add(long? attempt, CountEntry count, bool bad) => _counts.Enqueue((attempt, count.Key, count.Quarters, bad));

    /// <summary>Takes what fits into one entry.</summary>
    public (BatchCounts Counts, ImmutableArray<long> Attempts) Take()
    {
        var taken = new List<(long? Attempt, ulong Key, uint Quarters, bool Bad)>();
        while (taken.Count < BatchCounts.MaxEntries && _counts.TryDequeue(out var count))
            taken.Add(count);
        return (Sum(taken), [.. taken.Where(c => c.Attempt is not null).Select(c => c.Attempt!.Value)]);
    }

    /// <summary>Everything, as contents of entries; it stays pending.</summary>
    public IEnumerable<BatchCounts> All() => _counts.Chunk(BatchCounts.MaxEntries).Select(Sum);

    private static BatchCounts Sum(IReadOnlyCollection<(long? Attempt, ulong Key, uint Quarters, bool Bad)> counts) =>
        BatchCounts.Of(Sum(counts, bad: false), Sum(counts, bad: true));

    private static IEnumerable<CountEntry> Sum(IEnumerable<(long? Attempt, ulong Key, uint Quarters, bool Bad)> counts, bool bad) =>
        counts.Where(c => c.Bad == bad).GroupBy(c => c.Key)
            .Select(g => new CountEntry(g.Key, (uint)Math.Min(CountEntry.MaxQuarters, g.Sum(c => (long)c.Quarters))));
}
