using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>Takes over rows of another node of the cluster.</summary>
internal static class LedgerCopies
{
    /// <summary>Raises a host's counts to those of the other node, and takes over its age, its standing and whether it is refused.</summary>
    public static void Take(this Ledger ledger, in SnapshotRow row, in HostMark mark, long now)
    {
        var (place, stamp) = (ledger.Fetch(new IpBlock(row.Key, BlockLevel.Host)), Stamp.Of(now));
        lock (place.Shard.Gate)
        {
            place.Shard.Hosts.Take(place.Keys.Host, new BlockCount(row.AttemptsFast, row.AttemptsSlow), mark, stamp);
            place.Shard.BadRecipients.Raise(
                place.Keys.Host, new BlockCount(row.BadFast, row.BadSlow), (float)Math.Min(mark.BadEvident, row.BadFast), mark.Age * Stamp.PerSecond / 1000, stamp);
        }
    }

    /// <summary>Raises the counts of a site or region to those of the other node.</summary>
    public static void Raise(this Ledger ledger, in AreaMark area, long now)
    {
        var (shard, stamp) = (ledger.Shards.Of(new IpBlock(area.Key, area.Level)), Stamp.Of(now));
        lock (shard.Gate)
        {
            shard.AreasOf(area.Level == BlockLevel.Site ? LedgerTable.Sites : LedgerTable.Regions).Raise(
                ledger.Shards.Scrambler.Scramble(area.Key), new AreaCounts(area.Newcomers, area.Waiting, area.Standing, area.Promoted), stamp);
        }
    }
}
