namespace ThrottleNet.Counting;

/// <summary>
/// The counts of one kind of block in one shard: rows, and for warm blocks the reports by operator. What a block had counted before it became
/// warm stays in its row. Not thread-safe.
/// </summary>
/// <param name="rows">How many rows there may be in the tables of this kind.</param>
/// <param name="table">Which of the ledger's tables it is: it says from which counts on a block is warm, so that reports are kept by operator.</param>
/// <param name="budget">How many blocks and cells of reports there may be.</param>
internal abstract class ReportedTable<TRow>(LedgerRules rules, RowBudget rows, LedgerTable table, RowBudget budget)
    : BlockTable<TRow>(rows)
    where TRow : struct, IRow<TRow>
{
    private ReportTable? _reports;

    protected LedgerRules Rules => rules;

    /// <summary>Starts to fetch the places of a key into the processor's cache, without waiting. Needs no lock.</summary>
    public void Prefetch(ulong key)
    {
        PrefetchRow(key);
        _reports?.Prefetch(key);
    }

    /// <inheritdoc cref="ReportTable.PrefetchRow"/>
    public void PrefetchReports(ulong key) => _reports?.PrefetchRow(key);

    /// <summary>Adds what one operator's node saw of a block.</summary>
    /// <param name="when">When it was seen, at most now.</param>
    /// <param name="keeps">Keep the block's reports by operator however few they are, so that all of them can be evidence.</param>
    public void AddReport(ref TRow row, int @operator, in ReportCell report, uint when, uint now, bool keeps = false)
    {
        row.DecayTo(when);
        if (!row.HasReports && !keeps && !IsWarm(row.Reported, report))
        {
            var late = Stamp.Between(when, row.Moment);
            row.AddReports(late > 0 ? report.Decayed(Decay.Fast(late), Decay.Slow(late)) : report);
            return;
        }

        row.HasReports = true;
        _reports ??= new ReportTable(budget, Evicted);
        _reports.Add(row.Key, @operator, report, when, now, rules.LeftOut);
        if (keeps && _reports.TryGet(row.Key, out var reports))
        {
            reports.IsKept = true;
        }
    }

    /// <summary>Puts a row back as it was copied; its reports of since then are dropped.</summary>
    public void Restore(in TRow row, uint now)
    {
        _reports?.Remove(row.Key);
        FindOrAdd(row.Key, now, row.Moment) = row;
    }

    /// <summary>A row with all reports added, without fault tolerance; for snapshots of the whole ledger.</summary>
    public TRow WithReports(TRow row)
    {
        if (row.HasReports && _reports is not null && _reports.TryGet(row.Key, out var reports))
        {
            row.DecayTo(reports.Moment);
            reports.DecayTo(row.Moment);
            row.AddReports(reports.Total);
        }

        row.HasReports = false;
        return row;
    }

    /// <summary>The operators that reported a warm block, with the fast count of each.</summary>
    public IEnumerable<(int Operator, float Fast)> Describe(ulong key, uint now)
    {
        if (_reports is null || !_reports.TryGet(key, out var reports))
        {
            return [];
        }

        reports.DecayTo(now);
        return reports.Cells.Select(c => (c.Operator, c.Cell.Fast));
    }

    /// <summary>Reclaims dead rows, and reports of rows that are gone or have cooled down.</summary>
    public override void Sweep(uint now)
    {
        foreach (var key in _reports?.Keys.ToArray() ?? [])
        {
            if (TryFind(key, out var slot))
            {
                ReportsOf(ref this[slot], now);
            }
        }

        base.Sweep(now);
        foreach (var key in _reports?.Keys.Where(k => !TryFind(k, out var slot) || !this[slot].HasReports).ToArray() ?? [])
        {
            _reports!.Remove(key);
        }
    }

    /// <summary>The reports about a block, decayed to a moment; null if there are none. Those of a block that has cooled down are added to its row.</summary>
    protected ReportRow? ReportsOf(ref TRow row, uint now)
    {
        if (!row.HasReports || _reports is null || !_reports.TryGet(row.Key, out var reports))
        {
            return null;
        }

        reports.DecayTo(now);
        var (at, total) = (row, reports.Total);
        at.DecayTo(now);
        if (reports.IsKept || !IsCool(at.Reported, total))
        {
            return reports;
        }

        _reports.Remove(row.Key);
        row.DecayTo(now);
        TakeBack(ref row, total);
        return null;
    }

    /// <summary>How much of the reports counts in any case: as much as a block may have without being warm.</summary>
    protected ReportCell Floor(in ReportCell counted)
    {
        var warm = rules.WarmIn(table);
        return new(Math.Max(0, warm.Fast - counted.Fast), Math.Max(0, warm.Waiting - counted.Waiting), Math.Max(0, warm.Slow - counted.Slow));
    }

    private bool IsWarm(in ReportCell counted, in ReportCell more)
    {
        var warm = rules.WarmIn(table);
        return counted.Fast + more.Fast > warm.Fast || counted.Waiting + more.Waiting > warm.Waiting || counted.Slow + more.Slow > warm.Slow;
    }

    private bool IsCool(in ReportCell counted, in ReportCell reports)
    {
        var warm = rules.WarmIn(table);
        return counted.Fast + reports.Fast < warm.Fast / 2 && counted.Waiting + reports.Waiting < warm.Waiting / 2
            && counted.Slow + reports.Slow < warm.Slow / 2;
    }

    // An evicted block counts as much as a cold one may.
    private void Evicted(ulong key, ReportRow reports)
    {
        if (TryFind(key, out var slot))
        {
            ref var row = ref this[slot];
            row.DecayTo(reports.Moment);
            var (floor, total) = (Floor(row.Reported), reports.Total);
            TakeBack(ref row, new ReportCell(
                Math.Min(total.Fast, floor.Fast), Math.Min(total.Waiting, floor.Waiting), Math.Min(total.Slow, floor.Slow)));
        }
    }

    private static void TakeBack(ref TRow row, in ReportCell reports)
    {
        row.HasReports = false;
        row.AddReports(reports);
    }
}
