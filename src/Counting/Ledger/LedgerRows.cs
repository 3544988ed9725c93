using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>All rows of a ledger: copied, put back, and swept.</summary>
internal static class LedgerRows
{
    /// <summary>Copies the rows of one table of one shard, under their true keys and with all reports added; returns how many.</summary>
    /// <param name="buffer">Grows as it must.</param>
    public static int Copy<TRow>(this Ledger ledger, int shard, Func<LedgerShard, ReportedTable<TRow>> table, ref TRow[] buffer)
        where TRow : struct, IRow<TRow>
    {
        int count;
        lock (ledger.Shards[shard].Gate)
        {
            var rows = table(ledger.Shards[shard]);
            count = Fit(ref buffer, rows.Count);
            rows.CopyTo(buffer);
            foreach (ref var row in buffer.AsSpan(0, count))
            {
                row = row.HasReports ? rows.WithReports(row) : row;
            }
        }

        foreach (ref var row in buffer.AsSpan(0, count))
        {
            row.Key = ledger.Shards.Scrambler.Unscramble(row.Key);
        }

        return count;
    }

    /// <summary>Puts a row back, in place of what is held of its block; false if the row is dead or damaged.</summary>
    public static bool Restore<TRow>(this Ledger ledger, Func<LedgerShard, ReportedTable<TRow>> table, TRow row, long now)
        where TRow : struct, IRow<TRow>
    {
        var stamp = Stamp.Of(now);
        var shard = ledger.Shards.Of(new IpBlock(row.Key, BlockLevel.Host));
        row.Key = ledger.Shards.Scrambler.Scramble(row.Key);
        row.ClampTo(stamp);
        row.HasReports = false;
        if (row.Key == 0 || !row.IsSound || row.IsDead(stamp))
        {
            return false;
        }

        lock (shard.Gate)
        {
            table(shard).Restore(row, stamp);
            return true;
        }
    }

    /// <summary>Reclaims dead rows, a table at a time.</summary>
    public static void Sweep(this Ledger ledger, long now)
    {
        var stamp = Stamp.Of(now);
        for (var i = 0; i < ledger.Shards.Count; i++)
        {
            var shard = ledger.Shards[i];
            Locked(() => shard.Hosts.Sweep(stamp));
            Locked(() => shard.BadRecipients.Sweep(stamp));
            Locked(() => shard.Sites.Sweep(stamp));
            Locked(() => shard.Regions.Sweep(stamp));

            void Locked(Action sweep)
            {
                lock (shard.Gate)
                {
                    sweep();
                }
            }
        }
    }

    /// <summary>Gives standing to all hosts that are old enough, without the caps: the memory of hosts has become old enough to tell.</summary>
    public static void PromoteAll(this Ledger ledger, long now)
    {
        var stamp = Stamp.Of(now);
        HostRow[] buffer = [];
        for (var i = 0; i < ledger.Shards.Count; i++)
        {
            var count = ledger.Copy(i, s => s.Hosts, ref buffer);
            foreach (var key in buffer.Take(count).Where(r => !r.Refused && r.Age(stamp) >= Promotions.Age).Select(r => ledger.Shards.Scrambler.Scramble(r.Key)))
            {
                lock (ledger.Shards[i].Gate)
                {
                    if (ledger.Shards[i].Hosts.TryFind(key, out var slot))
                    {
                        ledger.Shards[i].Hosts[slot].Standing = true;
                    }
                }
            }
        }
    }

    private static int Fit<TRow>(ref TRow[] buffer, int count)
    {
        if (buffer.Length < count)
        {
            buffer = new TRow[count + (count / 4)];
        }

        return count;
    }
}
