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

    private double _quarters;
    private double _time;

    public int Count => _sums.Count;

    /// <summary>Adds a count. Beyond <see cref="ClusterLimits.MaxUnreported"/> host blocks it is not shared.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public void Add(long? attempt, CountEntry count, bool bad, long now)
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
            Add(null, new CountEntry(supplement, further), bad: false, now);

        _quarters += count.Quarters;
        _time += (now - _time) * count.Quarters / Math.Max(1, _quarters);
        if (attempt is { } id)
            sum.Attempts.Enqueue(id);
        if (sum.Attempts.Count > MaxAttempts)
            sum.Attempts.Dequeue();
        _sums[host] = (quarters, sum.Attempts);
    }

    /// <summary>Takes what fits into one entry.</summary>
    /// <returns>
    /// The counts, the attempts, and the mean time at which all that was pending was counted: while no shard answers, counts wait for minutes, and
    /// every node is to decay them alike.
    /// </returns>
    public (BatchCounts Counts, ImmutableArray<long> Attempts, long Time) Take()
    {
        var time = (long)_time;
        var taken = _sums.Take(BatchCounts.MaxEntries).ToList();
        var rest = _sums.Skip(BatchCounts.MaxEntries).ToList();
        _sums.Clear();
        foreach (var (host, sum) in rest)
            _sums.Add(host, sum);
        if (rest.Count == 0)
            (_quarters, _time) = (0, 0);
        return (CountsOf(taken), [.. taken.SelectMany(s => s.Value.Attempts)], time);
    }

    /// <summary>Everything, as contents of entries; it stays pending.</summary>
    public IEnumerable<BatchCounts> All() => _sums.Chunk(BatchCounts.MaxEntries).Select(CountsOf);

    private static BatchCounts CountsOf(IReadOnlyCollection<KeyValuePair<(ulong Key, bool Bad), (uint Quarters, Queue<long> Attempts)>> sums) =>
        BatchCounts.Of(Entries(sums, bad: false), Entries(sums, bad: true));

    private static IEnumerable<CountEntry> Entries(
        IEnumerable<KeyValuePair<(ulong Key, bool Bad), (uint Quarters, Queue<long> Attempts)>> sums, bool bad) =>
        sums.Where(s => s.Key.Bad == bad).Select(s => new CountEntry(s.Key.Key, s.Value.Quarters));
}
