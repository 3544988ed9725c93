using System.Net;

namespace ThrottleNet.TrustList.Tests;

public sealed class TrustIndexTests
{
    [Theory]
    [InlineData("192.0.2.0", "192.0.2.0/24")]
    [InlineData("192.0.2.127", "192.0.2.0/24")]
    [InlineData("192.0.2.128", "192.0.2.128/25")]
    [InlineData("192.0.2.200", "192.0.2.200/32")]
    [InlineData("192.0.2.201", "192.0.2.128/25")]
    [InlineData("192.0.2.255", "192.0.2.128/25")]
    [InlineData("192.0.3.0", null)]
    [InlineData("192.0.1.255", null)]
    [InlineData("::ffff:192.0.2.200", "192.0.2.200/32")]
    [InlineData("0.0.0.0", null)]
    [InlineData("255.255.255.255", "255.255.255.255/32")]
    [InlineData("2001:db8::1", "2001:db8::/32")]
    [InlineData("2001:db8:1::ffff", "2001:db8:1::/48")]
    [InlineData("2001:db9::", null)]
    [InlineData("::", null)]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")]
    public void The_longest_prefix_is_found(string address, string? subject)
    {
        var index = Of(
            "192.0.2.128/25", "192.0.2.0/24", "192.0.2.200/32", "255.255.255.255/32",
            "2001:db8:1::/48", "2001:db8::/32", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");

        var found = index.TryFind(IPAddress.Parse(address), out var entry);

        Assert.Equal(subject is not null, found);
        Assert.Equal(subject, entry?.Subject);
    }

    [Fact]
    public void Nothing_is_found_in_an_empty_index() => Assert.False(TrustIndex.Empty.TryFind(IPAddress.Loopback, out _));

    [Fact]
    public void A_default_route_holds_every_address_of_its_family_alone()
    {
        Assert.True(Of("0.0.0.0/0").TryFind(IPAddress.Broadcast, out _));
        Assert.False(Of("0.0.0.0/0").TryFind(IPAddress.IPv6Loopback, out _));
        Assert.True(Of("::/0").TryFind(IPAddress.IPv6Loopback, out _));
        Assert.False(Of("::/0").TryFind(IPAddress.Loopback, out _));
    }

    [Fact]
    public void A_suspended_host_is_a_hole_in_the_network_around_it()
    {
        var index = TrustIndex.Build([Entry("192.0.2.0/24"), Entry("192.0.2.7/32") with { Standing = TrustStanding.Suspended }]);

        Assert.False(index.TryFind(IPAddress.Parse("192.0.2.7"), out _));
        Assert.True(index.TryFind(IPAddress.Parse("192.0.2.8"), out _));
        Assert.Equal(TrustStanding.Suspended, index.Narrowest(IPAddress.Parse("192.0.2.7"))?.Standing);
        Assert.Equal(
            ["192.0.2.0/30", "192.0.2.4/31", "192.0.2.6/32", "192.0.2.8/29", "192.0.2.16/28", "192.0.2.32/27", "192.0.2.64/26", "192.0.2.128/25"],
            index.Disjoint().Select(piece => piece.Network.ToString()));
    }

    [Fact]
    public void Of_two_entries_for_one_network_the_first_stands()
    {
        var index = TrustIndex.Build([Entry("192.0.2.0/24") with { Author = "first" }, Entry("::ffff:192.0.2.0/120") with { Author = "second" }]);

        Assert.True(index.TryFind(IPAddress.Parse("192.0.2.1"), out var entry));
        Assert.Equal("first", entry.Author);
    }

    [Fact]
    public void Every_lookup_agrees_with_a_scan_of_the_whole_list()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var entries = Enumerable.Range(0, random.Next(1, 300)).Select(_ => RandomEntry(random)).ToList();
            var index = TrustIndex.Build(entries);
            foreach (var address in entries.SelectMany(Edges).Concat(Enumerable.Range(0, 50).Select(_ => RandomAddress(random))))
            {
                var expected = entries.Where(e => e.Network.Contains(address)).OrderByDescending(e => e.Network.PrefixLength).FirstOrDefault();
                Assert.True(expected == index.Narrowest(address), $"seed {seed}: {address} in {string.Join(' ', entries.Select(e => e.Subject))}");
            }

            foreach (var (network, entry) in index.Disjoint())
            {
                Assert.True(ReferenceEquals(entry, index.Narrowest(network.BaseAddress)), $"seed {seed}: {network}");
            }
        }
    }

    private static IEnumerable<IPAddress> Edges(TrustEntry entry)
    {
        var octets = entry.Network.BaseAddress.GetAddressBytes();
        yield return entry.Network.BaseAddress;
        for (var bit = entry.Network.PrefixLength; bit < 8 * octets.Length; bit++)
        {
            octets[bit / 8] |= (byte)(0x80 >> (bit % 8));
        }

        yield return new IPAddress(octets);
        for (var i = octets.Length - 1; i >= 0 && ++octets[i] == 0; i--)
        {
        }

        yield return new IPAddress(octets);
    }

    // Few distinct octets, so that networks nest and touch often.
    private static IPAddress RandomAddress(Random random)
    {
        var octets = new byte[random.Next(2) == 0 ? 4 : 16];
        octets[0] = 0x20;
        for (var i = 1; i < octets.Length; i++)
        {
            octets[i] = (byte)(random.Next(3) switch { 0 => 0, 1 => 255, _ => random.Next(4) });
        }

        return new IPAddress(octets);
    }

    private static TrustEntry RandomEntry(Random random)
    {
        var address = RandomAddress(random);
        var octets = address.GetAddressBytes();
        var prefix = random.Next((8 * octets.Length) + 1);
        for (var bit = prefix; bit < 8 * octets.Length; bit++)
        {
            octets[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new TrustEntry { Network = new IPNetwork(new IPAddress(octets), prefix) };
    }

    private static TrustIndex Of(params string[] networks) => TrustIndex.Build(networks.Select(Entry));

    private static TrustEntry Entry(string network) => new() { Network = IPNetwork.Parse(network) };
}
