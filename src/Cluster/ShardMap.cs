using System.Collections.Immutable;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Cluster;

/// <summary>Which shard orders the attempts of a host block: a hash of its region, so that the host's site and region are in the same shard.</summary>
public static class ShardMap
{
    /// <param name="hostKey">The key of a host block, or of its quota or supplement.</param>
    /// <param name="shards">The number of shards.</param>
    /// <returns>0 to <paramref name="shards"/> - 1.</returns>
    public static int ShardOf(ulong hostKey, int shards)
    {
        // The finalizer of SplitMix64: every bit of the region changes about half the bits of the result.
        var block = new IpBlock(hostKey, BlockLevel.Host);
        block = block.IsSupplement ? block.Supplement : block.IsQuota ? block.Quota : block;
        var hash = block.Region.Key;
        hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
        hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
        return (int)((hash ^ (hash >> 31)) % (ulong)shards);
    }

    /// <summary>The parts of a batch, by shard. Shards without an entry are left out.</summary>
    public static IReadOnlyDictionary<int, BatchCounts> Split(BatchCounts counts, int shards)
    {
        var attempts = counts.Attempts.ToLookup(e => ShardOf(e.Key, shards));
        var bad = counts.BadRecipients.ToLookup(e => ShardOf(e.Key, shards));
        return attempts.Select(g => g.Key).Union(bad.Select(g => g.Key))
            .ToDictionary(s => s, s => new BatchCounts([.. attempts[s]], [.. bad[s]]));
    }
}
