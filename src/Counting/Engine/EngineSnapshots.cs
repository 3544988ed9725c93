using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>Counts exchanged as a whole between nodes: of the hosts with the most attempts, with fault tolerance applied.</summary>
public static class EngineSnapshots
{
    /// <summary>The keys of the hosts with the most attempts, counted by any node.</summary>
    public static IReadOnlyList<ulong> Hottest(this CountingEngine engine, int max, long now)
    {
        var hottest = new PriorityQueue<ulong, float>();
        var stamp = Stamp.Of(now);
        HostRow[] buffer = [];
        for (var shard = 0; shard < engine.Ledger.Shards.Count; shard++)
        {
            var count = engine.Ledger.Copy(shard, s => s.Hosts, ref buffer);
            foreach (var row in buffer.AsSpan(0, count))
            {
                var heat = row;
                heat.DecayTo(stamp);
                var most = heat.Others > engine.Ledger.Rules.WarmIn(LedgerTable.Hosts).Fast
                    ? HeatOf(engine.Read(new IpBlock(row.Key, BlockLevel.Host), now))
                    : heat.Own + heat.Others;
                if (hottest.Count < max)
                {
                    hottest.Enqueue(row.Key, most);
                }
                else
                {
                    hottest.EnqueueDequeue(row.Key, most);
                }
            }
        }

        return [.. hottest.UnorderedItems.Select(item => item.Element)];
    }

    /// <summary>The counts of hosts, decayed to now; the hottest first. Messages that filters refused have rows of their own, under supplement keys.</summary>
    /// <param name="hottest">As <see cref="Hottest"/> gave them.</param>
    /// <param name="recent">Keys in recent batches, which <paramref name="hottest"/> may have missed.</param>
    /// <param name="max">Rows.</param>
    public static IReadOnlyList<SnapshotRow> ReadSnapshot(this CountingEngine engine, IEnumerable<ulong> hottest, IEnumerable<ulong> recent, int max, long now)
    {
        var hosts = hottest.Union(recent.Select(HostOf)).Select(key => new IpBlock(key, BlockLevel.Host)).ToList();
        SnapshotRow[] rows =
        [
            .. hosts.Select(host => RowOf(engine, host, now)),
            .. hosts.Where(host => engine.ReadContentRejects(host, now) is { Slow: > 0 }).Select(host => RowOf(engine, host.Supplement, now)),
        ];
        Array.Sort(rows, (a, b) => HeatOf(b).CompareTo(HeatOf(a)));
        return rows.Length > max ? rows[..max] : rows;
    }

    /// <summary>The counts of all hosts that are wanted, decayed to now, without fault tolerance. Visits every row.</summary>
    /// <param name="isWanted">Takes the key of a host block, or of a quota.</param>
    public static IReadOnlyList<SnapshotRow> ReadRows(this CountingEngine engine, Func<ulong, bool> isWanted, long now)
    {
        var stamp = Stamp.Of(now);
        var rows = new Dictionary<ulong, SnapshotRow>();
        HostRow[] buffer = [];
        for (var shard = 0; shard < engine.Ledger.Shards.Count; shard++)
        {
            foreach (var table in new[] { LedgerTable.Hosts, LedgerTable.BadRecipients })
            {
                var count = engine.Ledger.Copy(shard, s => s.HostsOf(table), ref buffer);
                foreach (ref var row in buffer.AsSpan(0, count))
                {
                    if (!isWanted(row.Key))
                    {
                        continue;
                    }

                    row.DecayTo(stamp);
                    var (fast, slow) = (row.Own + row.Others, row.SlowCount);
                    var known = rows.GetValueOrDefault(row.Key) with { Key = row.Key };
                    rows[row.Key] = table == LedgerTable.Hosts
                        ? known with { AttemptsFast = fast, AttemptsSlow = slow }
                        : known with { BadFast = fast, BadSlow = slow };
                }
            }
        }

        return [.. rows.Values];
    }

    private static SnapshotRow RowOf(CountingEngine engine, IpBlock host, long now)
    {
        var (counts, bad) = (engine.Read(host, now), engine.ReadBadRecipients(host, now));
        return new SnapshotRow(host.Key, counts.Own + counts.Others, counts.Slow, bad.Own + bad.Others, bad.Slow)
        {
            AttemptsEvident = HeatOf(counts.Evident()),
            BadEvident = HeatOf(bad.Evident()),
            Age = (long)engine.Ledger.Age(host, now).TotalMilliseconds,
        };
    }

    // A host's messages that filters refused have a row without attempts.
    private static double HeatOf(in SnapshotRow row) => Math.Max(row.AttemptsFast, row.BadFast);

    private static ulong HostOf(ulong key) => Supplement.HostOf(new CountEntry(key, 0)).Key;

    private static float HeatOf(in BlockCounts counts) => counts.Own + counts.Others;

    /// <summary>
    /// Raises counts to at least those of a snapshot. Counts that have no reporter, from this snapshot or from before a restart, become corroborated until the
    /// evident count of their host is that of the snapshot. The rest of them can delay a host but never have it refused. The memory of hosts reaches back at least
    /// to the first sight of the oldest host in the snapshot.
    /// </summary>
    /// <param name="rows">Evident counts and ages are those that enough operators agree on.</param>
    public static void Raise(this CountingEngine engine, IEnumerable<SnapshotRow> rows, long now)
    {
        long oldest = 0;
        foreach (var row in rows)
        {
            engine.Ledger.Raise(row, now);
            oldest = Math.Max(oldest, row.Age);
        }

        engine.Ledger.Rules.MemorySince = Math.Min(engine.Ledger.Rules.MemorySince, now - oldest);
    }
}
