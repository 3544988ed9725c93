namespace ThrottleNet.Counting;

/// <summary>The counts of hosts in one shard: attempts, or bad recipients. Not thread-safe.</summary>
internal sealed class HostTable(LedgerRules rules, RowBudget rows, LedgerTable table, RowBudget reports)
    : ReportedTable<HostRow>(rules, rows, table, reports)
{
    /// <summary>The counts of a host at a moment; zeros if there is no row.</summary>
    public BlockCounts Read(ulong key, uint now) => TryFind(key, out var slot) ? Read(ref this[slot], now) : default;

    /// <summary>The counts of a row at a moment, with fault tolerance applied. If it is earlier than the row's time, the counts are returned without decay.</summary>
    public BlockCounts Read(ref HostRow row, uint now) => row is { HasReports: false, Moment: var at } && at == now
        ? new BlockCounts(row.Own, row.Others, row.SlowCount, row.Refused)
        : ReadDecayed(ref row, now);

    /// <summary>Raises what is known of a host to at least the counts of a snapshot; what is added has no reporter.</summary>
    /// <param name="evident">The fast units that enough operators agree on.</param>
    /// <param name="age">Tenths of a second since the host was first seen; used for a host that has no row.</param>
    /// <returns>The fast units that were added.</returns>
    public float Raise(ulong key, in BlockCount to, float evident, long age, uint now)
    {
        // Compared with all reports, not with the lowered ones: otherwise counts would come in twice.
        var known = ReadAll(key, now);
        var lacking = new ReportCell((float)Math.Max(0, to.Fast - known.Fast), 0, (float)Math.Max(0, to.Slow - known.Slow));
        var isKnown = TryFind(key, out _);
        if (lacking is { Fast: <= 0, Slow: <= 0 } && (!isKnown || evident <= 0))
        {
            return 0;
        }

        ref var row = ref FindOrAdd(key, now, now);
        if (lacking is not { Fast: <= 0, Slow: <= 0 })
        {
            row.DecayTo(now);
            row.AddReports(lacking);
        }

        if (!isKnown)
        {
            row.SetAge(now, age);
        }

        Corroborate(ref row, evident, now);
        return lacking.Fast;
    }

    /// <summary>Takes over what another node of the cluster holds of a host. What is added has no reporter; the evident part is evidence here too.</summary>
    public void Take(ulong key, in BlockCount counts, in HostMark mark, uint now)
    {
        var evident = (float)Math.Min(mark.AttemptsEvident, counts.Fast);
        var age = mark.Age * Stamp.PerSecond / 1000;
        if (TryFind(key, out _))
        {
            Raise(key, counts, evident, age, now);
        }
        else
        {
            // The row's moment is that of the last attempt, and its counts are those of that moment.
            var idle = (int)(mark.Idle * Stamp.PerSecond / 1000);
            ref var row = ref FindOrAdd(key, now, (now - (uint)idle) & Stamp.Mask);
            row.AddReports(new ReportCell(Before(counts.Fast, Decay.Fast(idle)), 0, Before(counts.Slow, Decay.Slow(idle))));
            if (evident >= 1)
            {
                Corroborate(ref row, evident, now);
            }
        }

        if (TryFind(key, out var slot))
        {
            ref var row = ref this[slot];
            row.SetAge(now, age);
            (row.Standing, row.Refused) = (mark.Standing, mark.Refused);
        }
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

    private BlockCounts ReadDecayed(ref HostRow row, uint now)
    {
        var reports = ReportsOf(ref row, now);
        var at = row;
        at.DecayTo(now);
        if (reports is null)
        {
            return new BlockCounts(at.Own, at.Others, at.SlowCount, at.Refused);
        }

        var lowered = reports.Lowered(Rules.Lowered, Floor(at.Reported));
        return new BlockCounts(at.Own, at.Others + lowered.Fast, at.SlowCount + lowered.Slow, at.Refused, reports.TrimmedFast(Rules.LeftOutOfEvidence));
    }

    private static float Before(double count, float factor) => factor > float.Epsilon && (float)(count / factor) is var before && float.IsFinite(before) ? before : 0;

    // Of the counts without a reporter, as many as are agreed on become evidence: they count like reports of the own operator.
    private void Corroborate(ref HostRow row, float evident, uint now)
    {
        var (counts, at) = (Read(ref row, now), row);
        at.DecayTo(now);
        var units = Math.Min(evident - counts.Own - counts.Corroborated, at.Others);
        if (units <= 0)
        {
            return;
        }

        row.DecayTo(now);
        var agreed = new ReportCell(units, 0, Math.Min(units, row.SlowCount));
        row.AddReports(new ReportCell(-agreed.Fast, 0, -agreed.Slow));
        AddReport(ref row, ReportRow.Own, agreed, now, now);
    }
}
