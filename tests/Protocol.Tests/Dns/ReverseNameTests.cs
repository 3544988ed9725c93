using System.Net;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.Tests.Dns;

public sealed class ReverseNameTests
{
    private const string TestPoint = "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0";

    [Theory]
    [InlineData("192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [InlineData("255.10.0.9", "9.0.10.255.in-addr.arpa")]
    [InlineData("::ffff:192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [InlineData("4321:0:1:2:3:4:567:89ab", "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa")] // RFC 3596, section 2.5
    public void An_addresss_name_has_its_labels_reversed(string address, string name) =>
        Assert.Equal(name, ReverseName.Of(IPAddress.Parse(address)));

    [Theory]
    [InlineData("::ffff:7f00:2", TestPoint)] // RFC 5782, section 5
    [InlineData("127.0.0.2", "2.0.0.127")]
    [InlineData("2001:db8:1:2:3:4:567:89ab", "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2")] // RFC 5782, section 2.4
    public void In_a_DNS_list_a_mapped_address_is_IPv6(string address, string labels)
    {
        Assert.Equal(labels, ReverseName.Labels(IPAddress.Parse(address)));
        Assert.True(ReverseName.TryRead(labels, out var read, out var isPartial));
        Assert.Equal(IPAddress.Parse(address), read);
        Assert.False(isPartial);
    }

    [Fact]
    public void Every_name_is_read_back_as_its_address_and_each_suffix_as_a_part() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<bool>(), IsReadBack).QuickCheckThrowOnFailure();

    private static void IsReadBack(byte[] octets, bool v6)
    {
        var address = new IPAddress([.. octets.Concat(new byte[16]).Take(v6 ? 16 : 4)]);
        var labels = ReverseName.Labels(address);
        Assert.True(ReverseName.TryRead(labels, out var read, out _));
        Assert.Equal(address, read);

        for (var at = labels.IndexOf('.', StringComparison.Ordinal); at >= 0; at = labels.IndexOf('.', at + 1))
        {
            Assert.True(ReverseName.TryRead(labels.AsSpan(at + 1), out _, out var isPartial));
            Assert.True(isPartial);
        }
    }

    [Fact]
    public void Four_short_labels_are_an_IPv4_address_and_part_of_an_IPv6_one()
    {
        Assert.True(ReverseName.TryRead("1.2.3.4", out var address, out var isPartial));
        Assert.Equal(IPAddress.Parse("4.3.2.1"), address);
        Assert.True(isPartial);

        Assert.True(ReverseName.TryRead("1.2.3.10", out address, out isPartial));
        Assert.Equal(IPAddress.Parse("10.3.2.1"), address);
        Assert.False(isPartial);

        Assert.True(ReverseName.TryRead("a.2.3.4", out address, out isPartial));
        Assert.Null(address);
        Assert.True(isPartial);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("1.")]
    [InlineData(".1")]
    [InlineData("1..2")]
    [InlineData("256")]
    [InlineData("1.2.3.256")]
    [InlineData("01.2.3.4")]
    [InlineData("00.2.3.4")]
    [InlineData("+1.2.3.4")]
    [InlineData(" 1.2.3.4")]
    [InlineData("-1.2.3.4")]
    [InlineData("1e1.2.3.4")]
    [InlineData("0x7.0.0.1")]
    [InlineData("\\049.2.3.4")]
    [InlineData("٣.2.3.4")]
    [InlineData("10.1.2.3.4")]
    [InlineData("10.2.3.a")]
    [InlineData("A.0.0.0.0")]
    [InlineData("g.0.0.0.0")]
    [InlineData("1.10.0.0.0")]
    [InlineData("0." + TestPoint)]
    [InlineData("2.0.0.127.in-addr")]
    [InlineData("127.0.0.2/32")]
    public void Any_other_name_is_not_an_address(string labels)
    {
        Assert.False(ReverseName.TryRead(labels, out var address, out var isPartial));
        Assert.Null(address);
        Assert.False(isPartial);
    }

    [Fact]
    public void A_name_that_is_read_is_written_the_same() =>
        Prop.ForAll(
            Gen.Elements("012345689af.-".ToCharArray()).ArrayOf().Select(chars => new string(chars)).ToArbitrary(),
            text => !ReverseName.TryRead(text, out var address, out _) || address is null || text == ReverseName.Labels(address))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
}
