namespace ThrottleNet.Counting;

/// <summary>The counts of hosts in one shard: attempts, or bad recipients. Not thread-safe.</summary>
internal sealed class HostTable(LedgerRules rules, BlockTable<HostRow> rows, ReportCell warm, RowBudget reports)
    : ReportedTable<HostRow>(rules, rows, warm, reports)
{
    /// <summary>The counts of a host at a moment; zeros if there is no row.</summary>
    public BlockCounts Read(ulong key, uint now) => TryFind(key, out var slot) ? Read(ref this[slot], now) : default;

    /// <summary>The counts of a row at a moment, with fault tolerance applied. One before the row's own gives the counts as they stand.</summary>
    public BlockCounts Read(ref HostRow row, uint now)
    {
        var reports = ReportsOf(ref row, now);
        var at = row;
        at.DecayTo(now);
        if (reports is null)
        {
            return new BlockCounts(at.Own, at.Others, at.SlowCount, at.Refused);
        }

        var lowered = reports.Lowered(Rules.Lowered, Floor(at.Reported));
        return new BlockCounts(at.Own, at.Others + lowered.Fast, at.SlowCount + lowered.Slow, at.Refused, reports.TrimmedFast(Rules.LeftOut));
    }

    /// <summary>The counts of a host by all nodes at a moment, without fault tolerance.</summary>
    public BlockCount ReadAll(ulong key, uint now)
    {
        if (!TryFind(key, out var slot))
        {
            return default;
        }

        var row = WithReports(this[slot]);
        row.DecayTo(now);
        return new BlockCount(row.Own + row.Others, row.SlowCount);
    }
}
