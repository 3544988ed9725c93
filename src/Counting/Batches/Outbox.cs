using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Batches;

/// <summary>
/// What this node has counted and not yet told. Thread-safe, unlike the core: sessions register attempts here without
/// waiting for it.
/// </summary>
public sealed class Outbox
{
    private readonly Lock _lock = new();

    // In the order in which the entries came, so that it is known of each in which batch it will be.
    private readonly OrderedDictionary<(ulong Key, bool Bad), uint> _counts = [];
    private ulong _nextSeq = 1;

    /// <summary>Counts an attempt.</summary>
    /// <param name="host">A host block.</param>
    /// <param name="quarters">4 for a recipient, 1 for a retry.</param>
    /// <returns>The seq of the batch that will carry it: the hold ends when all nodes have this one or a higher one.</returns>
    public ulong Add(IpBlock host, uint quarters = CountEntry.PerUnit) => Add(host, isBad: false, quarters);

    /// <summary>Counts a recipient that the destination said does not exist.</summary>
    /// <returns>As <see cref="Add(IpBlock, uint)"/>.</returns>
    public ulong AddBadRecipient(IpBlock host) => Add(host, isBad: true, CountEntry.PerUnit);

    /// <summary>The seq that the next batch takes.</summary>
    public ulong NextSeq
    {
        get
        {
            lock (_lock)
            {
                return _nextSeq;
            }
        }
    }

    /// <summary>The seq that everything counted by now is in, told or not.</summary>
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

    // Of the entry at an index: as many as fit go into each batch.
    private ulong SeqOf(int index) => _nextSeq + (ulong)(index / BatchCounts.MaxEntries);

    private ulong Add(IpBlock host, bool isBad, uint quarters)
    {
        if (host.Level != BlockLevel.Host)
            throw new ArgumentException($"{host} is not a host block; only those travel", nameof(host));
        lock (_lock)
        {
            if (!_counts.TryAdd((host.Key, isBad), Math.Min(CountEntry.MaxQuarters, quarters), out var index))
                _counts.SetAt(index, Math.Min(CountEntry.MaxQuarters, _counts.GetAt(index).Value + quarters));
            return SeqOf(index);
        }
    }
}
