using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>All rows of a ledger: copied, put back, and swept.</summary>
internal static class LedgerRows
{
    /// <summary>Copies the rows of hosts of one shard, under their true keys and with all reports added; returns how many.</summary>
    /// <param name="buffer">Grows as it must.</param>
    public static int CopyHosts(this Ledger ledger, int shard, LedgerTable table, ref HostRow[] buffer)
    {
        int count;
        lock (ledger.Shard(shard).Gate)
        {
            var rows = ledger.Shard(shard).HostsOf(table);
            count = Fit(ref buffer, rows.Count);
            rows.CopyTo(buffer);
            foreach (ref var row in buffer.AsSpan(0, count))
            {
                row = row.HasReports ? rows.WithReports(row) : row;
            }
        }

        foreach (ref var row in buffer.AsSpan(0, count))
        {
            row.Key = ledger.Scrambler.Unscramble(row.Key);
        }

        return count;
    }

    /// <summary>The same for sites or regions.</summary>
    public static int CopyAreas(this Ledger ledger, int shard, LedgerTable table, ref AreaRow[] buffer)
    {
        int count;
        lock (ledger.Shard(shard).Gate)
        {
            var rows = ledger.Shard(shard).AreasOf(table);
            count = Fit(ref buffer, rows.Count);
            rows.CopyTo(buffer);
            foreach (ref var row in buffer.AsSpan(0, count))
            {
                row = row.HasReports ? rows.WithReports(row) : row;
            }
        }

        foreach (ref var row in buffer.AsSpan(0, count))
        {
            row.Key = ledger.Scrambler.Unscramble(row.Key);
        }

        return count;
    }

    /// <summary>Puts a row of a host back, in place of what is held of it; false if the row is dead or damaged.</summary>
    public static bool Restore(this Ledger ledger, LedgerTable table, HostRow row, long now)
    {
        var stamp = Stamp.Of(now);
        var shard = ledger.ShardOf(new IpBlock(row.Key, BlockLevel.Host));
        row.Key = ledger.Scrambler.Scramble(row.Key);
        row.ClampTo(stamp);
        row.HasReports = false;
        if (row.Key == 0 || !row.IsSound || row.IsDead(stamp))
        {
            return false;
        }

        lock (shard.Gate)
        {
            shard.HostsOf(table).FindOrAdd(row.Key, stamp, row.Moment) = row;
            return true;
        }
    }

    /// <summary>The same for a site or region.</summary>
    public static bool Restore(this Ledger ledger, LedgerTable table, AreaRow row, long now)
    {
        var stamp = Stamp.Of(now);
        var shard = ledger.ShardOf(new IpBlock(row.Key, BlockLevel.Site));
        row.Key = ledger.Scrambler.Scramble(row.Key);
        row.ClampTo(stamp);
        row.HasReports = false;
        if (row.Key == 0 || !row.IsSound || row.IsDead(stamp))
        {
            return false;
        }

        lock (shard.Gate)
        {
            shard.AreasOf(table).Restore(row.Key, row, stamp);
            return true;
        }
    }

    /// <summary>Reclaims dead rows, a table at a time.</summary>
    public static void Sweep(this Ledger ledger, long now)
    {
        var stamp = Stamp.Of(now);
        for (var i = 0; i < ledger.ShardCount; i++)
        {
            var shard = ledger.Shard(i);
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
        for (var i = 0; i < ledger.ShardCount; i++)
        {
            var count = ledger.CopyHosts(i, LedgerTable.Hosts, ref buffer);
            foreach (var key in buffer.Take(count).Where(r => !r.Refused && r.Age(stamp) >= Promotions.Age).Select(r => ledger.Scrambler.Scramble(r.Key)))
            {
                lock (ledger.Shard(i).Gate)
                {
                    if (ledger.Shard(i).Hosts.TryFind(key, out var slot))
                    {
                        ledger.Shard(i).Hosts[slot].Standing = true;
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
