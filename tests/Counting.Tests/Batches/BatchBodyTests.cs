using System.Net;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class BatchBodyTests
{
    [Fact]
    public void Any_content_is_read_back_as_it_was_written()
    {
        Prop.ForAll(Contents().ToArbitrary(), counts =>
        {
            var body = BatchBody.Encode(counts);
            return body.Length <= BatchBody.MaxSize && BatchBody.TryDecode(body, out var decoded) && decoded.Equals(counts);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_largest_contents_and_their_edge_cases_fit()
    {
        var random = new Random(1);
        var entries = Enumerable.Range(0, BatchCounts.MaxEntries)
            .Select(i => new CountEntry(((ulong)i << 52) | (ulong)random.NextInt64(1L << 52), CountEntry.MaxQuarters - (uint)random.Next(1000)));
        var counts = BatchCounts.Of(entries, []);

        var body = BatchBody.Encode(counts);

        Assert.True(body.Length <= BatchBody.MaxSize, $"{body.Length}");
        Assert.True(BatchBody.TryDecode(body, out var decoded));
        Assert.Equal(counts, decoded);
    }

    [Fact]
    public void Keys_at_the_edges_of_both_families_survive()
    {
        string[] addresses = ["0.0.0.0", "255.255.255.255", "::", "::1", "ff:0:0:1::", "fe:ffff:ffff:ffff::", "2001:db8::", "ffff:ffff:ffff:ffff::", "fd00::"];
        var entries = addresses.Select(a => new CountEntry(IpBlock.Of(IPAddress.Parse(a)).Key, 4)).Distinct().ToList();
        foreach (var subset in Enumerable.Range(1, (1 << entries.Count) - 1))
        {
            var counts = BatchCounts.Of(entries.Where((_, i) => (subset >> i & 1) != 0), []);
            Assert.True(BatchBody.TryDecode(BatchBody.Encode(counts), out var decoded));
            Assert.Equal(counts, decoded);
        }
    }

    [Fact]
    public void Two_hundred_scattered_hosts_take_at_most_3_6_octets_each()
    {
        var random = new Random(2);
        var counts = BatchCounts.Of(
            Enumerable.Range(0, 200).Select(i => new CountEntry(V4((uint)random.NextInt64(1L << 32)), i % 10 == 0 ? 5u : 4u)), []);
        var octets = BatchBody.Encode(counts).Length / 200.0;
        Assert.True(octets <= 3.6, $"{octets}");
    }

    [Fact]
    public void Consecutive_hosts_are_coded_in_octets_and_scattered_ones_in_bits()
    {
        var row = BatchBody.Encode(BatchCounts.Of(Enumerable.Range(0, 3).Select(i => new CountEntry(V4(100 + (uint)i), 4)), []));
        Assert.Equal(0, row[1] & 1);
        var random = new Random(3);
        var scattered = BatchBody.Encode(BatchCounts.Of(Enumerable.Range(0, 50).Select(_ => new CountEntry(V4((uint)random.NextInt64(1L << 32)), 4)), []));
        Assert.Equal(1, scattered[1] & 1);
    }

    [Fact]
    public void Every_truncated_or_bit_flipped_body_is_refused_or_read_as_other_content()
    {
        var random = new Random(4);
        for (var round = 0; round < 20; round++)
        {
            var counts = Contents().Sample(1).Single();
            var body = BatchBody.Encode(counts);
            for (var length = 0; length < body.Length; length++)
                Assert.False(BatchBody.TryDecode(body.AsSpan(0, length), out _));
            Assert.False(BatchBody.TryDecode([.. body, 0], out _));
            for (var flip = 0; flip < Math.Min(2000, body.Length * 8); flip++)
            {
                var bent = (byte[])body.Clone();
                bent[flip / 8] ^= (byte)(1 << (flip % 8));
                if (BatchBody.TryDecode(bent, out var other))
                    Assert.Equal(bent, BatchBody.Encode(other)); // one content, one encoding
            }
        }
    }

    // A body with some octets changed, or octets that begin like a body.
    private static byte[] Noise(Random random, bool bent)
    {
        if (!bent)
        {
            var octets = new byte[random.Next(64)];
            random.NextBytes(octets);
            if (octets.Length > 0)
                octets[0] = 1;
            return octets;
        }

        var body = BatchBody.Encode(BatchCounts.Of([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => new CountEntry((ulong)random.NextInt64(), (uint)random.Next(1, 1000)))], []));
        for (var i = random.Next(3); i >= 0; i--)
            body[random.Next(body.Length)] = (byte)random.Next(256);
        return body;
    }

    [Fact]
    public void Random_octets_never_throw()
    {
        var random = new Random(5);
        var decoded = 0;
        for (var round = 0; round < 50_000; round++)
        {
            var octets = Noise(random, bent: round % 2 == 0);
            if (BatchBody.TryDecode(octets, out var counts))
            {
                decoded++;
                Assert.Equal(octets, BatchBody.Encode(counts));
            }
        }

        Assert.InRange(decoded, 1, 49_999);
    }

    [Theory]
    [InlineData("01 feff ffff ffff ffff ff01 00 00 00")] // a list of 2^63 - 1 entries
    [InlineData("01 8040 00 00 00 00")] // a claim of 4,096 entries without their data
    [InlineData("01 8240 00 00 00 00")] // one entry over the maximum
    [InlineData("01 8200 00 00 00 00")] // one entry, its number longer than needed
    [InlineData("01 03 3f 0000000000000000 00 00 00")] // unary without an end
    [InlineData("01 02 ffff ffff ffff ffff ffff 01 00 00 00")] // a gap beyond 64 bits
    [InlineData("01 02 feff ffff 3f 00 00 00")] // a key beyond IPv4
    [InlineData("01 02 8000 00 00 00")] // a longer gap than needed
    [InlineData("02 00 00 00 00")] // a later version
    public void Hostile_bodies_are_refused_without_much_allocation(string hex)
    {
        var body = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.True(BatchBody.TryDecode([1, 0, 0, 0, 0], out _)); // the buffer for entries is rented and reused from now on
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(BatchBody.TryDecode(body, out _));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 64 * body.Length + 1024, $"{allocated}");
    }

    [Fact]
    public void Contents_with_a_block_twice_or_a_count_out_of_range_cannot_be_made()
    {
        Assert.Throws<ArgumentException>(() => BatchCounts.Of([new(V4(1), 4), new(V4(1), 4)], []));
        Assert.Throws<ArgumentException>(() => BatchCounts.Of([new(V4(1), 0)], []));
        Assert.Throws<ArgumentException>(() => BatchCounts.Of([], [new(V4(1), CountEntry.MaxQuarters + 1)]));
        Assert.Throws<ArgumentException>(() => BatchCounts.Of(Enumerable.Range(0, BatchCounts.MaxEntries + 1).Select(i => new CountEntry(V4((uint)i), 4)), []));
    }

    internal static Gen<BatchCounts> Contents()
    {
        var quarters = Gen.Frequency((5, Gen.Constant(4u)), (2, Gen.Choose(1, 40).Select(q => (uint)q)), (1, Gen.Choose(1, (int)CountEntry.MaxQuarters).Select(q => (uint)q)));
        var key = Gen.Frequency(
            (4, Gen.Choose(int.MinValue, int.MaxValue).Select(v => V4((uint)v))),
            (2, Gen.Choose(0, 300).Select(v => V4(0xc0000200 + (uint)v))),
            (2, Gen.Choose(0, int.MaxValue).Select(v => 0x2001_0db8_0000_0000ul | (uint)v)),
            (1, Gen.Choose(int.MinValue, int.MaxValue).Two().Select(t => ((ulong)(uint)t.Item1 << 32) | (uint)t.Item2)));
        var entries = key.Zip(quarters).ListOf().Select(list => list.DistinctBy(e => e.Item1).Select(e => new CountEntry(e.Item1, e.Item2)));
        return entries.Two().Select(t => BatchCounts.Of(t.Item1, t.Item2));
    }

    private static ulong V4(uint address) => IpBlock.Of(new IPAddress(System.Net.IPAddress.HostToNetworkOrder((int)address) & 0xffffffff)).Key;
}
