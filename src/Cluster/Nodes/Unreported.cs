using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>
/// The cluster's counts that a generation's log has after its last report mark, in the order in which this node read them. Every node keeps
/// them, so that a gateway that joins by a copy can report at once.
/// </summary>
internal sealed class Unreported
{
    private readonly OrderedDictionary<(ulong Key, bool Bad), Sum> _sums = [];

    /// <summary>Host blocks, of both kinds.</summary>
    public int Count => _sums.Count;

    /// <summary>When the oldest of the counts was read, milliseconds since 1970.</summary>
    public long Since { get; private set; }

    /// <summary>The number of the oldest of the counts, see <see cref="Add"/>.</summary>
    public long FirstArrival => _sums.Count == 0 ? long.MaxValue : _sums.GetAt(0).Value.Arrival;

    /// <summary>Adds counts that were read from the log. Beyond the bound, further host blocks are not reported.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="arrival">A number that this node increases with every call, for all shards.</param>
    public void Add(BatchCounts counts, long now, long arrival)
    {
        if (_sums.Count == 0)
            Since = now;
        foreach (var entry in counts.Attempts)
            Add((entry.Key, Bad: false), entry.Quarters, arrival);
        foreach (var entry in counts.BadRecipients)
            Add((entry.Key, Bad: true), entry.Quarters, arrival);
    }

    /// <summary>A copy, whose counts all have one number of arrival.</summary>
    public Unreported Clone(long arrival)
    {
        var clone = new Unreported { Since = Since };
        foreach (var (host, sum) in _sums)
            clone._sums.Add(host, sum with { Arrival = arrival });
        return clone;
    }

    /// <summary>The counts in their order; they stay unreported.</summary>
    public IEnumerable<ReportedCount> All() => _sums.Select(s => new ReportedCount(s.Value.Arrival, s.Key.Key, s.Key.Bad, s.Value.Quarters));

    /// <summary>Takes over a count of a copy.</summary>
    public void Restore(ulong key, bool bad, uint quarters, long since)
    {
        Since = since;
        _sums[(key, bad)] = new Sum(0, quarters);
    }

    public IEnumerable<ReportedCount> Take()
    {
        var taken = All().ToList();
        Clear();
        return taken;
    }

    public void Clear() => _sums.Clear();

    private void Add((ulong Key, bool Bad) host, uint quarters, long arrival)
    {
        if (!_sums.TryGetValue(host, out var sum))
        {
            if (_sums.Count < ClusterLimits.MaxUnreported)
                _sums.Add(host, new Sum(arrival, quarters));
            return;
        }

        _sums[host] = sum with { Quarters = CountSum.Add(host.Key, host.Bad, sum.Quarters, quarters, out var further, out var supplement) };
        if (further > 0)
            Add((supplement, Bad: false), further, arrival);
    }

    private readonly record struct Sum(long Arrival, uint Quarters);
}

/// <summary>A count that a gateway reports.</summary>
/// <param name="Arrival">When it came, see <see cref="Unreported.Add"/>.</param>
/// <param name="Key">The host block.</param>
/// <param name="Bad">Bad recipients instead of attempts.</param>
/// <param name="Quarters">Quarters of a unit.</param>
internal readonly record struct ReportedCount(long Arrival, ulong Key, bool Bad, uint Quarters);
