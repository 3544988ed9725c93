using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>Counts copied from one node of a cluster to another, so that the other judges alike: with evidence, ages, standing, sites and regions.</summary>
public static class EngineCopies
{
    // Evidence matters near the limits, and reading it costs a look at the reports.
    private const float LeastEvidence = 1;

    /// <summary>What the node holds of hosts beside their counts. Visits every row.</summary>
    /// <param name="isWanted">Takes the key of a host block, or of a quota.</param>
    public static IReadOnlyList<HostMark> ReadMarks(this CountingEngine engine, Func<ulong, bool> isWanted, long now)
    {
        var stamp = Stamp.Of(now);
        var marks = new List<HostMark>();
        HostRow[] buffer = [];
        for (var shard = 0; shard < engine.Ledger.Shards.Count; shard++)
        {
            var count = engine.Ledger.Copy(shard, s => s.Hosts, ref buffer);
            for (var i = 0; i < count; i++)
            {
                if (isWanted(buffer[i].Key))
                {
                    marks.Add(MarkOf(engine, buffer[i], stamp, now));
                }
            }
        }

        return marks;
    }

    /// <summary>The counts of sites and regions. Visits every row.</summary>
    /// <param name="isWanted">Takes the key of a site or region.</param>
    public static IReadOnlyList<AreaMark> ReadAreas(this CountingEngine engine, Func<ulong, bool> isWanted, long now)
    {
        var stamp = Stamp.Of(now);
        var marks = new List<AreaMark>();
        AreaRow[] buffer = [];
        for (var shard = 0; shard < engine.Ledger.Shards.Count; shard++)
        {
            foreach (var (table, level) in new[] { (LedgerTable.Sites, BlockLevel.Site), (LedgerTable.Regions, BlockLevel.Region) })
            {
                var count = engine.Ledger.Copy(shard, s => s.AreasOf(table), ref buffer);
                foreach (ref var row in buffer.AsSpan(0, count))
                {
                    if (isWanted(row.Key))
                    {
                        row.DecayTo(stamp);
                        marks.Add(new AreaMark(row.Key, level, row.Counts.Newcomers, row.Counts.Waiting, row.Counts.Standing, row.Counts.Promoted));
                    }
                }
            }
        }

        return marks;
    }

    /// <summary>
    /// Raises counts to at least those of another node of the cluster, and takes over its ages and standing. The memory of hosts is as old as the oldest
    /// host of the copy.
    /// </summary>
    /// <param name="rows">The counts of hosts.</param>
    /// <param name="marks">What goes with them, by key; of a host without one only the counts are taken over.</param>
    /// <param name="areas">Sites and regions.</param>
    public static void TakeCopy(
        this CountingEngine engine, IEnumerable<SnapshotRow> rows, IReadOnlyDictionary<ulong, HostMark> marks, IEnumerable<AreaMark> areas, long now)
    {
        long oldest = 0;
        foreach (var row in rows)
        {
            if (marks.TryGetValue(row.Key, out var mark))
            {
                engine.Ledger.Take(row, mark, now);
                oldest = Math.Max(oldest, mark.Age);
            }
            else
            {
                engine.Ledger.Raise(row, now);
            }
        }

        foreach (var area in areas)
        {
            engine.Ledger.Raise(area, now);
        }

        engine.Ledger.Rules.MemorySince = Math.Min(engine.Ledger.Rules.MemorySince, now - oldest);
    }

    private static HostMark MarkOf(CountingEngine engine, HostRow row, uint stamp, long now)
    {
        var at = row;
        at.DecayTo(stamp);
        var counts = new BlockCounts(at.Own, 0, 0);
        var bad = default(BlockCounts);
        if (at.Own + at.Others >= LeastEvidence)
        {
            var host = new IpBlock(row.Key, BlockLevel.Host);
            (counts, bad) = (engine.Read(host, now), engine.ReadBadRecipients(host, now));
        }

        return new HostMark(
            row.Key, counts.Own + counts.Corroborated, bad.Own + bad.Corroborated, row.Age(stamp) * 1000 / Stamp.PerSecond,
            Math.Max(0, Stamp.Between(row.Moment, stamp)) * 1000L / Stamp.PerSecond, row.Standing, row.Refused);
    }
}
