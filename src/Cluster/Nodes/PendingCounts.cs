using System.Collections.Immutable;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>
/// What this node counted in one shard and has not put into an entry yet. While no shard answers it grows by host blocks, not by attempts.
/// </summary>
internal sealed class PendingCounts
{
    // So many attempts of one host that wait for an order at once are judged at the hold: the host is over any limit.
    private const int MaxAttempts = 256;

    private readonly OrderedDictionary<(ulong Key, bool Bad), (uint Quarters, Queue<long> Attempts)> _sums = [];

    public int Count => _sums.Count;

    /// <summary>Adds a count. Beyond <see cref="ClusterLimits.MaxUnreported"/> host blocks it is not shared.</summary>
    public void Add(long? attempt, CountEntry count, bool bad)
    {
        var host = (count.Key, bad);
        if (!_sums.TryGetValue(host, out var sum))
        {
            if (_sums.Count >= ClusterLimits.MaxUnreported)
                return;
            sum = (0, []);
        }

        var quarters = CountSum.Add(count.Key, bad, sum.Quarters, count.Quarters, out var further, out var supplement);
        if (further > 0)
            Add(null, new CountEntry(supplement, further), bad: false);

        if (attempt is { } id)
            sum.Attempts.Enqueue(id);
        if (sum.Attempts.Count > MaxAttempts)
            sum.Attempts.Dequeue();
        _sums[host] = (quarters, sum.Attempts);
    }

    /// <summary>Takes what fits into one entry.</summary>
    public (BatchCounts Counts, ImmutableArray<long> Attempts) Take()
    {
        var taken = _sums.Take(BatchCounts.MaxEntries).ToList();
        var rest = _sums.Skip(BatchCounts.MaxEntries).ToList();
        _sums.Clear();
        foreach (var (host, sum) in rest)
            _sums.Add(host, sum);
        return (CountsOf(taken), [.. taken.SelectMany(s => s.Value.Attempts)]);
    }

    /// <summary>Everything, as contents of entries; it stays pending.</summary>
    public IEnumerable<BatchCounts> All() => _sums.Chunk(BatchCounts.MaxEntries).Select(CountsOf);

    private static BatchCounts CountsOf(IReadOnlyCollection<KeyValuePair<(ulong Key, bool Bad), (uint Quarters, Queue<long> Attempts)>> sums) =>
        BatchCounts.Of(Entries(sums, bad: false), Entries(sums, bad: true));

    private static IEnumerable<CountEntry> Entries(
        IEnumerable<KeyValuePair<(ulong Key, bool Bad), (uint Quarters, Queue<long> Attempts)>> sums, bool bad) =>
        sums.Where(s => s.Key.Bad == bad).Select(s => new CountEntry(s.Key.Key, s.Value.Quarters));
}
