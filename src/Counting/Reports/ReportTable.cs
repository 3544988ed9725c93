using System.Diagnostics.CodeAnalysis;

namespace ThrottleNet.Counting;

/// <summary>
/// The reports about the warm blocks of one kind in one shard, by operator. What a block had counted before it became warm stays in its own row,
/// without the operators' names. Bounded over all shards by a budget of blocks and cells: of a few blocks the one with the least corroborated
/// count is evicted, so invented blocks go before real ones. Not thread-safe.
/// </summary>
/// <param name="budget">Blocks and cells of all shards. A block takes about 200 octets, its first four cells included.</param>
/// <param name="onEvicted">Takes the reports of an evicted block back into its row.</param>
internal sealed class ReportTable(RowBudget budget, Action<ulong, ReportRow> onEvicted)
{
    // Blocks compared to find one to evict, far from each other: blocks that came together are alike (Knuth, TAOCP 3, section 6.4).
    private const int Candidates = 16;
    private const uint GoldenRatio = 2_654_435_769;

    private readonly Dictionary<ulong, ReportRow> _rows = [];

    // The keys again, in no order, so that a few can be looked at in turn.
    private readonly List<ulong> _keys = [];
    private uint _turn;
    private ulong _lastKey;
    private ReportRow? _last;

    /// <summary>Blocks with reports.</summary>
    public int Count => _rows.Count;

    public IReadOnlyList<ulong> Keys => _keys;

    public bool TryGet(ulong key, [NotNullWhen(true)] out ReportRow? row)
    {
        // A report is added right after the block was read.
        if (_last is not null && _lastKey == key)
        {
            row = _last;
            return true;
        }

        if (!_rows.TryGetValue(key, out row))
        {
            return false;
        }

        (_lastKey, _last) = (key, row);
        return true;
    }

    /// <summary>Takes a report about a warm block.</summary>
    /// <param name="leftOut">See <see cref="ReportRow.TrimmedFast"/>: what the least corroborated block is judged by.</param>
    public void Add(ulong key, int @operator, in ReportCell report, uint when, uint now, int leftOut)
    {
        if (!TryGet(key, out var row))
        {
            MakeRoom(now, leftOut);
            row = new ReportRow(now) { Place = _keys.Count };
            _keys.Add(key);
            _rows.Add(key, row);
            budget.Add(1);
        }

        if (row.Add(@operator, report, when, now))
        {
            budget.Add(1);
            MakeRoom(now, leftOut);
        }
    }

    public void Remove(ulong key)
    {
        if (!_rows.Remove(key, out var row))
        {
            return;
        }

        _last = _lastKey == key ? null : _last;

        var last = _keys[^1];
        _keys[row.Place] = last;
        if (last != key)
        {
            _rows[last].Place = row.Place;
        }

        _keys.RemoveAt(_keys.Count - 1);
        budget.Add(-1 - row.Count);
    }

    // Evicts one block an insert, so that the lock is held briefly. A shard with few blocks keeps them.
    private void MakeRoom(uint now, int leftOut)
    {
        if (!budget.IsSpent || _keys.Count < Candidates)
        {
            return;
        }

        var (least, leastCount) = (0ul, float.PositiveInfinity);
        for (var i = 0; i < Candidates; i++)
        {
            var key = _keys[(int)(unchecked(_turn++ * GoldenRatio) % (uint)_keys.Count)];
            var row = _rows[key];
            row.DecayTo(now);
            var count = row.TrimmedFast(leftOut);
            if (count < leastCount)
            {
                (least, leastCount) = (key, count);
            }
        }

        var evicted = _rows[least];
        Remove(least);
        onEvicted(least, evicted);
    }
}
