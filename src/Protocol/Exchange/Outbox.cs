using ThrottleNet.Protocol.Blocks;
using ThrottleNet.Protocol.Counts;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// What this node has counted and not yet told. Thread-safe, unlike the core: sessions register attempts here without
/// waiting for it.
/// </summary>
public sealed class Outbox
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, uint> _attempts = [];
    private readonly Dictionary<ulong, uint> _bad = [];
    private ulong _nextSeq = 1;

    /// <summary>Counts an attempt.</summary>
    /// <param name="host">A host block.</param>
    /// <param name="quarters">4 for a recipient, 1 for a retry.</param>
    /// <returns>The seq of the batch that will carry it: <see cref="HoldComplete"/> of this or a higher one ends the hold.</returns>
    public ulong Add(IpBlock host, uint quarters = CountEntry.PerUnit) => Add(_attempts, host, quarters);

    /// <summary>Counts a recipient that the destination said does not exist.</summary>
    /// <returns>As <see cref="Add(IpBlock, uint)"/>.</returns>
    public ulong AddBadRecipient(IpBlock host) => Add(_bad, host, CountEntry.PerUnit);

    /// <summary>The seq that the next batch takes.</summary>
    internal ulong NextSeq
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
    internal ulong CountedSeq
    {
        get
        {
            lock (_lock)
            {
                return IsEmpty ? _nextSeq - 1 : _nextSeq;
            }
        }
    }

    private bool IsEmpty => _attempts.Count == 0 && _bad.Count == 0;

    /// <summary>Begins a new epoch: the next seq is 1 again.</summary>
    internal void StartEpoch()
    {
        lock (_lock)
        {
            _nextSeq = 1;
        }
    }

    /// <summary>Takes everything, as contents of batches from <paramref name="firstSeq"/> on; mostly none or one.</summary>
    internal List<BatchCounts> Take(out ulong firstSeq)
    {
        lock (_lock)
        {
            firstSeq = _nextSeq;
            var batches = new List<BatchCounts>();
            if (IsEmpty)
                return batches;
            var attempts = _attempts.Select(pair => (Bad: false, Entry: new CountEntry(pair.Key, pair.Value)));
            var bad = _bad.Select(pair => (Bad: true, Entry: new CountEntry(pair.Key, pair.Value)));
            foreach (var chunk in attempts.Concat(bad).Chunk(BatchCounts.MaxEntries))
                batches.Add(BatchCounts.Of(chunk.Where(c => !c.Bad).Select(c => c.Entry), chunk.Where(c => c.Bad).Select(c => c.Entry)));
            _attempts.Clear();
            _bad.Clear();
            _nextSeq += (ulong)batches.Count;
            return batches;
        }
    }

    private ulong Add(Dictionary<ulong, uint> counts, IpBlock host, uint quarters)
    {
        if (host.Level != BlockLevel.Host)
            throw new ArgumentException($"{host} is not a host block; only those travel", nameof(host));
        lock (_lock)
        {
            counts[host.Key] = Math.Min(CountEntry.MaxQuarters, counts.GetValueOrDefault(host.Key) + quarters);
            return _nextSeq;
        }
    }
}
