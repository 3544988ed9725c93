using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Tests;

/// <summary>Host blocks by shard: each number is a different host in a region of the shard.</summary>
internal static class Keys
{
    private const ulong IPv4 = 0x00ff_0000_0000_0000;

    public static ulong Of(int shard, int shards, int number)
    {
        var region = 0x0a00ul;
        for (var found = -1; ; region++)
        {
            if (ShardMap.ShardOf(IPv4 | (region << 16), shards) == shard && ++found == number >> 16)
                return IPv4 | (region << 16) | (uint)(number & 0xffff);
        }
    }

    public static int NumberOf(ulong key) => (int)(key & 0xffff);

    public static CountEntry Unit(ulong key) => new(key, CountEntry.PerUnit);
}
