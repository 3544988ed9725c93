using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>Counts in a ledger what other nodes saw, and what this node saw before it was started again.</summary>
internal static class LedgerReports
{
    // Hosts whose rows are fetched into the processor's cache together: as many fetches as it can have under way.
    private const int GroupSize = 16;

    // Reports older than this are dropped: 86 % of them has decayed from the fast counters.
    private static readonly long OldestReport = 2 * (long)Decay.FastTau;

    /// <summary>Counts what a node of some operator saw.</summary>
    /// <param name="time">When: the future counts as now, and what is older than two fast time constants is dropped.</param>
    public static void AddReports(this Ledger ledger, string reporter, BatchCounts counts, long time, long now)
    {
        time = Math.Min(time, now);
        if (now - time > OldestReport)
        {
            return;
        }

        var (@operator, when, stamp) = (ledger.Operators.NumberOf(reporter), Stamp.Of(time), Stamp.Of(now));
        var places = new LadderPlace[Math.Min(GroupSize, counts.Attempts.Length)];
        for (var entries = counts.Attempts.AsSpan(); !entries.IsEmpty; entries = entries[Math.Min(GroupSize, entries.Length)..])
        {
            var group = entries[..Math.Min(GroupSize, entries.Length)];
            for (var i = 0; i < group.Length; i++)
            {
                places[i] = ledger.Fetch(Supplement.HostOf(group[i]));
            }

            foreach (var place in places.AsSpan(0, group.Length))
            {
                place.Shard.PrefetchReports(place.Keys);
            }

            for (var i = 0; i < group.Length; i++)
            {
                lock (places[i].Shard.Gate)
                {
                    new Ladder(places[i], ledger.Rules, stamp, now).AddReport(@operator, group[i], when);
                }
            }
        }

        foreach (var entry in counts.BadRecipients)
        {
            var (key, shard) = (ledger.Shards.Scrambler.Scramble(entry.Key), ledger.Shards.Of(entry.Host));
            lock (shard.Gate)
            {
                var units = (float)entry.Units;
                shard.BadRecipients.AddReport(
                    ref shard.BadRecipients.FindOrAdd(key, stamp, when), @operator, new ReportCell(units, 0, units), when, stamp);
            }
        }
    }

    /// <summary>Counts what this node itself saw before it was started again, as others remember it.</summary>
    public static void AddHistory(this Ledger ledger, BatchCounts counts, long time, long now)
    {
        var (when, stamp) = (Stamp.Of(Math.Min(time, now)), Stamp.Of(now));
        foreach (var entry in counts.Attempts)
        {
            var place = ledger.Fetch(Supplement.HostOf(entry));
            lock (place.Shard.Gate)
            {
                new Ladder(place, ledger.Rules, stamp, now).AddHistory(entry, when);
            }
        }

        foreach (var entry in counts.BadRecipients)
        {
            var (key, shard) = (ledger.Shards.Scrambler.Scramble(entry.Key), ledger.Shards.Of(entry.Host));
            lock (shard.Gate)
            {
                shard.BadRecipients.FindOrAdd(key, stamp, when).AddOwn(when, (float)entry.Units);
            }
        }
    }

    /// <summary>
    /// Raises what is known of a host to at least the counts of a snapshot, decayed to now. Snapshots carry hosts only; what is added to a host counts in its
    /// site and region as well, so that a node that starts without counts limits the newcomers of a flooded site as its peers do.
    /// </summary>
    public static void Raise(this Ledger ledger, in SnapshotRow row, long now)
    {
        var host = new IpBlock(row.Key, BlockLevel.Host);
        var (place, stamp) = (ledger.Fetch(host), Stamp.Of(now));
        var age = row.Age / (1000 / Stamp.PerSecond);
        lock (place.Shard.Gate)
        {
            var added = place.Shard.Hosts.Raise(place.Keys.Host, new BlockCount(row.AttemptsFast, row.AttemptsSlow), (float)row.AttemptsEvident, age, stamp);
            place.Shard.BadRecipients.Raise(place.Keys.Host, new BlockCount(row.BadFast, row.BadSlow), (float)row.BadEvident, age, stamp);
            if (added > 0 && !host.IsQuota)
            {
                new Ladder(place, ledger.Rules, stamp, now).ClimbRaised(added);
            }
        }
    }
}
