namespace ThrottleNet.Counting;

/// <summary>The counts of hosts in one shard: rows, and for warm hosts the others' reports by operator. Not thread-safe.</summary>
internal sealed class HostTable
{
    private readonly LedgerRules _rules;
    private readonly BlockTable<HostRow> _rows;
    private readonly ReportCell _warm;
    private readonly RowBudget _reportBudget;
    private ReportTable? _reports;

    /// <param name="warm">The counts above which a host is warm.</param>
    /// <param name="reports">How many blocks and cells of reports there may be.</param>
    public HostTable(LedgerRules rules, BlockTable<HostRow> rows, ReportCell warm, RowBudget reports)
    {
        (_rules, _rows, _warm, _reportBudget) = (rules, rows, warm, reports);
    }

    public int Count => _rows.Count;

    public void Prefetch(ulong key) => _rows.Prefetch(key);

    public bool TryFind(ulong key, out int slot) => _rows.TryFind(key, out slot);

    /// <summary>A row, by its slot from <see cref="TryFind"/>.</summary>
    public ref HostRow this[int slot] => ref _rows[slot];

    /// <inheritdoc cref="BlockTable{TRow}.FindOrAdd"/>
    public ref HostRow FindOrAdd(ulong key, uint now, uint stamp) => ref _rows.FindOrAdd(key, now, stamp);

    /// <summary>The counts of a host at a moment; zeros if there is no row.</summary>
    public BlockCounts Read(ulong key, uint now) => _rows.TryFind(key, out var slot) ? Read(ref _rows[slot], now) : default;

    /// <summary>The counts of a row at a moment, with fault tolerance applied. One before the row's own gives the counts as they stand.</summary>
    public BlockCounts Read(ref HostRow row, uint now)
    {
        var at = row;
        at.DecayTo(now);
        if (!row.HasReports || _reports is null || !_reports.TryGet(row.Key, out var reports))
        {
            return new BlockCounts(at.Own, at.Others, at.SlowCount, at.Refused);
        }

        reports.DecayTo(now);
        var total = reports.Total;
        if (at.Others + total.Fast < _warm.Fast / 2 && at.SlowCount + total.Slow < _warm.Slow / 2)
        {
            _reports.Remove(row.Key);
            row.DecayTo(now);
            TakeBack(ref row, total);
            return new BlockCounts(row.Own, row.Others, row.SlowCount, row.Refused);
        }

        var lowered = reports.Lowered(_rules.Lowered, Floor(at));
        return new BlockCounts(
            at.Own, at.Others + lowered.Fast, at.SlowCount + lowered.Slow, at.Refused, reports.Trimmed(_rules.LeftOut).Fast);
    }

    /// <summary>The counts of a host by all nodes at a moment, without fault tolerance.</summary>
    public BlockCount ReadAll(ulong key, uint now)
    {
        if (!_rows.TryFind(key, out var slot))
        {
            return default;
        }

        var row = WithReports(_rows[slot]);
        row.DecayTo(now);
        return new BlockCount(row.Own + row.Others, row.SlowCount);
    }

    /// <summary>Adds what one operator's node saw of a host.</summary>
    /// <param name="when">When it was seen, at most now.</param>
    public void AddReport(ref HostRow row, int @operator, float units, uint when, uint now)
    {
        row.DecayTo(when);
        if (!row.HasReports && row.Others + units <= _warm.Fast && row.SlowCount + units <= _warm.Slow)
        {
            row.Add(when, 0, units);
            return;
        }

        row.HasReports = true;
        (_reports ??= new ReportTable(_reportBudget, Evicted)).Add(row.Key, @operator, new ReportCell(units, 0, units), when, now, _rules.LeftOut);
    }

    /// <summary>All reports of a row without fault tolerance, for snapshots of the whole ledger.</summary>
    public HostRow WithReports(HostRow row)
    {
        if (row.HasReports && _reports is not null && _reports.TryGet(row.Key, out var reports))
        {
            row.DecayTo(reports.Moment);
            reports.DecayTo(row.Moment);
            TakeBack(ref row, reports.Total);
        }

        row.HasReports = false;
        return row;
    }

    /// <summary>The operators that reported a host, with the fast count of each.</summary>
    public IEnumerable<(int Operator, float Fast)> Describe(ulong key, uint now)
    {
        if (_reports is null || !_reports.TryGet(key, out var reports))
        {
            return [];
        }

        reports.DecayTo(now);
        return reports.Cells.Select(c => (c.Operator, c.Cell.Fast));
    }

    public void CopyTo(Span<HostRow> rows) => _rows.CopyTo(rows);

    /// <summary>Reclaims dead rows, and reports of rows that are gone.</summary>
    public void Sweep(uint now)
    {
        _rows.Sweep(now);
        foreach (var key in _reports?.Keys.Where(k => !_rows.TryFind(k, out var slot) || !_rows[slot].HasReports).ToArray() ?? [])
        {
            _reports!.Remove(key);
        }
    }

    private ReportCell Floor(in HostRow row) =>
        new(Math.Max(0, _warm.Fast - row.Others), 0, Math.Max(0, _warm.Slow - row.SlowCount));

    // An evicted block counts as much as a cold one may.
    private void Evicted(ulong key, ReportRow reports)
    {
        if (_rows.TryFind(key, out var slot))
        {
            ref var row = ref _rows[slot];
            row.DecayTo(reports.Moment);
            var (floor, total) = (Floor(row), reports.Total);
            TakeBack(ref row, new ReportCell(Math.Min(total.Fast, floor.Fast), 0, Math.Min(total.Slow, floor.Slow)));
        }
    }

    private static void TakeBack(ref HostRow row, in ReportCell total)
    {
        row.HasReports = false;
        row.AddOthers(total.Fast, total.Slow);
    }
}
