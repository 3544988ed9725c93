using System.Net;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Cluster.Tests;

public sealed class ShardMapTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.255.9")]
    [InlineData("2001:db8:1::1", "2001:db8:1:ff::1")]
    public void Hosts_of_one_region_are_in_one_shard(string first, string second) =>
        Assert.Equal(ShardMap.ShardOf(IpBlock.Of(IPAddress.Parse(first)).Key, 16), ShardMap.ShardOf(IpBlock.Of(IPAddress.Parse(second)).Key, 16));

    [Fact]
    public void Regions_spread_evenly()
    {
        var counts = new int[16];
        for (var region = 0; region < 16_000; region++)
            counts[ShardMap.ShardOf(0x00ff_0000_0000_0000 | ((ulong)region << 16), 16)]++;

        Assert.All(counts, count => Assert.InRange(count, 800, 1200));
    }

    [Fact]
    public void The_parts_of_a_batch_are_the_batch()
    {
        var attempts = Enumerable.Range(0, 500).Select(i => Keys.Unit(0x00ff_0000_0000_0000 | ((ulong)i << 15))).ToList();
        var batch = BatchCounts.Of(attempts, attempts.Take(100));
        var parts = ShardMap.Split(batch, 16);

        Assert.All(parts, p => Assert.All(p.Value.Attempts.Concat(p.Value.BadRecipients), e => Assert.Equal(p.Key, ShardMap.ShardOf(e.Key, 16))));
        Assert.Equal(batch, BatchCounts.Of(parts.Values.SelectMany(p => p.Attempts), parts.Values.SelectMany(p => p.BadRecipients)));
    }
}
