namespace ThrottleNet.Counting;

/// <summary>The counts of sites, or of regions, in one shard: rows, and for warm ones the reports by operator, own sight included. Not thread-safe.</summary>
internal sealed class AreaTable
{
    private readonly LedgerRules _rules;
    private readonly BlockTable<AreaRow> _rows;
    private readonly ReportCell _warm;
    private readonly RowBudget _reportBudget;
    private ReportTable? _reports;

    /// <inheritdoc cref="HostTable(LedgerRules, BlockTable{HostRow}, ReportCell, RowBudget)"/>
    public AreaTable(LedgerRules rules, BlockTable<AreaRow> rows, ReportCell warm, RowBudget reports)
    {
        (_rules, _rows, _warm, _reportBudget) = (rules, rows, warm, reports);
    }

    public int Count => _rows.Count;

    public void Prefetch(ulong key) => _rows.Prefetch(key);

    /// <summary>The counts of a site or region at a moment, with fault tolerance applied: newcomers' and waiting attempts are lowered, as liars would raise them, and
    /// attempts of hosts with standing, which raise limits, are trimmed.</summary>
    public AreaCounts Read(ulong key, uint now)
    {
        if (!_rows.TryFind(key, out var slot))
        {
            return default;
        }

        ref var row = ref _rows[slot];
        var at = row;
        at.DecayTo(now);
        if (!row.HasReports || _reports is null || !_reports.TryGet(key, out var reports))
        {
            return at.Counts;
        }

        reports.DecayTo(now);
        var (counts, total) = (at.Counts, reports.Total);
        if (IsCool(counts, total))
        {
            _reports.Remove(key);
            row.DecayTo(now);
            TakeBack(ref row, total);
            return row.Counts;
        }

        var lowered = reports.Lowered(_rules.Lowered, Floor(counts));
        return counts with
        {
            Newcomers = counts.Newcomers + lowered.Fast,
            Waiting = counts.Waiting + lowered.Waiting,
            Standing = counts.Standing + reports.Trimmed(_rules.LeftOut).Slow,
        };
    }

    /// <summary>As <see cref="Read"/>, and keeps the decayed counts, for a row that is about to be added to.</summary>
    public AreaCounts DecayTo(ulong key, uint now)
    {
        if (_rows.TryFind(key, out var slot))
        {
            _rows[slot].DecayTo(now);
        }

        return Read(key, now);
    }

    /// <summary>Adds attempts that one operator's node saw.</summary>
    /// <param name="when">When they were seen, at most now.</param>
    public void Add(ulong key, int @operator, in ReportCell attempts, uint when, uint now)
    {
        ref var row = ref _rows.FindOrAdd(key, now, when);
        row.DecayTo(when);
        if (!row.HasReports && (_rules.Faults.Faulty == 0 || !IsWarm(row.Counts, attempts)))
        {
            var late = Math.Max(0, Stamp.Between(when, row.Moment));
            var decayed = late > 0 ? attempts.Decayed(Decay.Fast(late), Decay.Slow(late)) : attempts;
            row.Add(new AreaCounts(decayed.Fast, decayed.Waiting, decayed.Slow, 0));
            return;
        }

        row.HasReports = true;
        (_reports ??= new ReportTable(_reportBudget, Evicted)).Add(key, @operator, attempts, when, now, _rules.LeftOut);
    }

    /// <summary>Counts a host that was given standing.</summary>
    public void AddPromotion(ulong key, uint now)
    {
        ref var row = ref _rows.FindOrAdd(key, now, now);
        row.DecayTo(now);
        row.Add(new AreaCounts(0, 0, 0, 1));
    }

    /// <summary>Puts a row back as it was copied.</summary>
    public void Restore(ulong key, in AreaRow row, uint now)
    {
        _reports?.Remove(key);
        _rows.FindOrAdd(key, now, row.Moment) = row;
    }

    /// <summary>All counts without fault tolerance, for snapshots of the whole ledger.</summary>
    public AreaRow WithReports(AreaRow row)
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

    public void CopyTo(Span<AreaRow> rows) => _rows.CopyTo(rows);

    /// <summary>Reclaims dead rows, and reports of rows that are gone or have cooled down.</summary>
    public void Sweep(uint now)
    {
        foreach (var key in _reports?.Keys.ToArray() ?? [])
        {
            Read(key, now);
        }

        _rows.Sweep(now);
        foreach (var key in _reports?.Keys.Where(k => !_rows.TryFind(k, out var slot) || !_rows[slot].HasReports).ToArray() ?? [])
        {
            _reports!.Remove(key);
        }
    }

    private bool IsWarm(in AreaCounts counts, in ReportCell more) =>
        counts.Newcomers + more.Fast > _warm.Fast || counts.Waiting + more.Waiting > _warm.Waiting || counts.Standing + more.Slow > _warm.Slow;

    private bool IsCool(in AreaCounts counts, in ReportCell reports) =>
        counts.Newcomers + reports.Fast < _warm.Fast / 2 && counts.Waiting + reports.Waiting < _warm.Waiting / 2
        && counts.Standing + reports.Slow < _warm.Slow / 2;

    private ReportCell Floor(in AreaCounts counts) => new(
        Math.Max(0, _warm.Fast - counts.Newcomers), Math.Max(0, _warm.Waiting - counts.Waiting), Math.Max(0, _warm.Slow - counts.Standing));

    private void Evicted(ulong key, ReportRow reports)
    {
        if (_rows.TryFind(key, out var slot))
        {
            ref var row = ref _rows[slot];
            row.DecayTo(reports.Moment);
            var (floor, total) = (Floor(row.Counts), reports.Total);
            TakeBack(ref row, new ReportCell(
                Math.Min(total.Fast, floor.Fast), Math.Min(total.Waiting, floor.Waiting), Math.Min(total.Slow, floor.Slow)));
        }
    }

    private static void TakeBack(ref AreaRow row, in ReportCell total)
    {
        row.HasReports = false;
        row.Add(new AreaCounts(total.Fast, total.Waiting, total.Slow, 0));
    }
}
