namespace ThrottleNet.Counting;

/// <summary>The counts of sites, or of regions, in one shard; the reports by operator of warm ones include what this node saw. Not thread-safe.</summary>
internal sealed class AreaTable(LedgerRules rules, RowBudget rows, LedgerTable table, RowBudget reports)
    : ReportedTable<AreaRow>(rules, rows, table, reports)
{
    /// <summary>The counts of a site or region at a moment; zeros if there is no row.</summary>
    public AreaCounts Read(ulong key, uint now) => TryFind(key, out var slot) ? Read(ref this[slot], now) : default;

    /// <summary>
    /// The counts of a row at a moment, with fault tolerance applied: newcomers' and waiting attempts are lowered, as liars would raise them, and
    /// attempts of hosts with standing, which raise limits, are trimmed.
    /// </summary>
    public AreaCounts Read(ref AreaRow row, uint now) => row is { HasReports: false, Moment: var at } && at == now ? row.Counts : ReadDecayed(ref row, now);

    /// <summary>Whether a site or region thins nobody, as even its counts before they decay show: the usual case, and cheaper than to let them decay.</summary>
    /// <param name="limit">Newcomers' attempts an hour.</param>
    public bool IsUnder(float limit, ulong key) => !TryFind(key, out var slot) || (!this[slot].HasReports && Thinning.IsUnder(limit, this[slot].Counts));

    /// <summary>Raises the counts of a site or region to at least those of another node of the cluster; what is added has no reporter.</summary>
    public void Raise(ulong key, in AreaCounts to, uint now)
    {
        ref var row = ref FindOrAdd(key, now, now);
        row.DecayTo(now);
        var known = WithReports(row);
        known.DecayTo(now);
        row.AddReports(new ReportCell(
            Math.Max(0, to.Newcomers - known.Counts.Newcomers), Math.Max(0, to.Waiting - known.Counts.Waiting), Math.Max(0, to.Standing - known.Counts.Standing)));
        row.AddPromotions(Math.Max(0, to.Promoted - known.Counts.Promoted));
    }

    private AreaCounts ReadDecayed(ref AreaRow row, uint now)
    {
        var reports = ReportsOf(ref row, now);
        var at = row;
        at.DecayTo(now);
        if (reports is null)
        {
            return at.Counts;
        }

        var (counts, lowered) = (at.Counts, reports.Lowered(Rules.Lowered, Floor(at.Reported)));
        return counts with
        {
            Newcomers = counts.Newcomers + lowered.Fast,
            Waiting = counts.Waiting + lowered.Waiting,
            Standing = counts.Standing + reports.TrimmedSlow(Rules.LeftOut),
        };
    }
}
