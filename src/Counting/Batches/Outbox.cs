using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Batches;

/// <summary>
/// What this node has counted and not yet published. Thread-safe: sessions register attempts here without waiting for the exchange.
/// </summary>
public sealed class Outbox : ISharedCounts
{
    private readonly Lock _lock = new();

    // In the order of arrival, which determines the batch of each entry.
    private readonly OrderedDictionary<(ulong Key, bool Bad), uint> _counts = [];
    private ulong _nextSeq = 1;

    /// <summary>The seq of the batch with the last entry counted so far, published or not.</summary>
    public ulong CountedSeq
    {
        get
        {
            lock (_lock)
            {
                return _counts.Count == 0 ? _nextSeq - 1 : SeqOf(_counts.Count - 1);
            }
        }
    }

    /// <summary>Counts attempts.</summary>
    /// <param name="host">A host block.</param>
    /// <param name="quarters">A multiple of 4 for new attempts.</param>
    /// <returns>The seq of the batch that will carry it: the hold ends when all nodes have this batch or a higher one.</returns>
    public ulong Add(IpBlock host, uint quarters = CountEntry.PerUnit) => Add(host, isBad: false, quarters);

    /// <summary>Counts a patient retry: one quarter, of which an entry takes three; further ones go to the host's supplement.</summary>
    /// <returns>As <see cref="Add(IpBlock, uint)"/>.</returns>
    public ulong AddRetry(IpBlock host)
    {
        lock (_lock)
        {
            if (_counts.GetValueOrDefault((host.Key, false)) % CountEntry.PerUnit < CountEntry.PerUnit - 1)
            {
                return Add(host.Key, isBad: false, 1);
            }

            var supplement = host.Supplement.Key;
            var isFull = (_counts.GetValueOrDefault((supplement, false)) & Supplement.MaxRetries) == Supplement.MaxRetries;
            return Add(supplement, isBad: false, isFull ? 0u : 1);
        }
    }

    /// <summary>Charges units to a host alone, not to its site and region.</summary>
    /// <returns>As <see cref="Add(IpBlock, uint)"/>.</returns>
    public ulong AddCharge(IpBlock host, uint quarters)
    {
        lock (_lock)
        {
            var supplement = host.Supplement.Key;
            var isFull = _counts.GetValueOrDefault((supplement, false)) + (quarters << Supplement.ChargeShift) > CountEntry.MaxQuarters;
            return Add(supplement, isBad: false, isFull ? 0u : quarters << Supplement.ChargeShift);
        }
    }

    /// <summary>Counts a recipient that does not exist, as the destination answered.</summary>
    /// <returns>As <see cref="Add(IpBlock, uint)"/>.</returns>
    public ulong AddBadRecipient(IpBlock host) => Add(host, isBad: true, CountEntry.PerUnit);

    ulong ISharedCounts.Add(IpBlock host) => Add(host);

    void ISharedCounts.AddCharge(IpBlock host, uint quarters) => AddCharge(host, quarters);

    void ISharedCounts.AddBadRecipient(IpBlock host) => AddBadRecipient(host);

    // Retries are shared within a cluster only, not with other operators.
    void ISharedCounts.Remember(in RetryNote note)
    {
    }

    AttemptOrder? ISharedCounts.OrderOf(ulong attempt) => null;

    /// <summary>Begins a new epoch: the next seq is 1 again.</summary>
    public void StartEpoch()
    {
        lock (_lock)
        {
            _nextSeq = 1;
        }
    }

    /// <summary>Takes everything, as contents of batches from <paramref name="firstSeq"/> on; mostly none or one.</summary>
    public List<BatchCounts> Take(out ulong firstSeq)
    {
        lock (_lock)
        {
            firstSeq = _nextSeq;
            var batches = new List<BatchCounts>();
            foreach (var chunk in _counts.Chunk(BatchCounts.MaxEntries))
                batches.Add(BatchCounts.Of(Entries(chunk, isBad: false), Entries(chunk, isBad: true)));
            _counts.Clear();
            _nextSeq += (ulong)batches.Count;
            return batches;
        }
    }

    private static IEnumerable<CountEntry> Entries(KeyValuePair<(ulong Key, bool Bad), uint>[] counts, bool isBad) =>
        counts.Where(c => c.Key.Bad == isBad).Select(c => new CountEntry(c.Key.Key, c.Value));

    // As many entries as fit go into each batch.
    private ulong SeqOf(int index) => _nextSeq + (ulong)(index / BatchCounts.MaxEntries);

    private ulong Add(IpBlock host, bool isBad, uint quarters)
    {
        if (host.Level != BlockLevel.Host)
            throw new ArgumentException($"{host} is not a host block; only those travel", nameof(host));
        lock (_lock)
        {
            return Add(host.Key, isBad, quarters);
        }
    }

    private ulong Add(ulong key, bool isBad, uint quarters)
    {
        if (!_counts.TryAdd((key, isBad), Math.Min(CountEntry.MaxQuarters, quarters), out var index))
            _counts.SetAt(index, Math.Min(CountEntry.MaxQuarters, _counts.GetAt(index).Value + quarters));
        return SeqOf(index);
    }
}
