using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.Tests.Dns;

public sealed class DnsNameTests
{
    private static string Label63 => new('a', 63);
    private static string Wire255 => $"{Label63}.{Label63}.{Label63}.{new string('b', 61)}";

    [Fact]
    public void The_longest_name_and_label_are_valid_and_one_octet_more_is_not()
    {
        Assert.True(DnsName.IsValid(Label63));
        Assert.False(DnsName.IsValid(Label63 + "a"));
        Assert.True(DnsName.IsValid(Wire255));
        Assert.False(DnsName.IsValid(Wire255 + "b"));
        Assert.False(DnsName.IsValid("a." + Wire255));
        Assert.False(DnsName.IsValid(new string('a', 100_000)));
        Assert.True(DnsName.IsValid(string.Join('.', Enumerable.Repeat("a", 127))));
        Assert.False(DnsName.IsValid(string.Join('.', Enumerable.Repeat("a", 128))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("com")]
    [InlineData("_dmarc.example.com")]
    [InlineData("*.example.com")]
    [InlineData(@"dots\.in\.it.example")]
    [InlineData(@"\000\255\\.example")]
    public void A_text_of_any_octets_is_valid(string name) => Assert.True(DnsName.IsValid(name));

    [Theory]
    [InlineData(".")]
    [InlineData(".com")]
    [InlineData("com.")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("bücher.example")]
    [InlineData(@"a\")]
    [InlineData(@"a\a")]
    [InlineData(@"a\256")]
    [InlineData(@"a\-12")]
    [InlineData("a\r\nb")]
    public void A_malformed_label_is_not_valid(string name) => Assert.False(DnsName.IsValid(name));

    [Theory]
    [InlineData("Example.COM.", "example.com")]
    [InlineData("example.com", "example.com")]
    [InlineData(".", "")]
    [InlineData("", "")]
    public void The_canonical_form_is_lower_case_without_the_last_dot(string name, string canonical) =>
        Assert.Equal(canonical, DnsName.Canonical(name));

    [Theory]
    [InlineData("list.test", true)]
    [InlineData("a.list.test", true)]
    [InlineData("a.b.list.test", true)]
    [InlineData(@"a\\.list.test", true)] // a label that ends in a backslash
    [InlineData(@"a\.list.test", false)] // one label with a dot in it
    [InlineData(@"a\\\.list.test", false)]
    [InlineData("notlist.test", false)]
    [InlineData("test", false)]
    [InlineData("", false)]
    [InlineData(".list.test", false)]
    public void A_name_lies_under_another_at_a_label_boundary(string name, bool isUnder) =>
        Assert.Equal(isUnder, DnsName.IsAtOrUnder(name, "list.test"));

    [Fact]
    public void A_label_of_any_octets_is_read_back_from_its_text() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>().Filter(label => label.Length is > 0 and <= DnsName.MaxLabelLength),
            label =>
            {
                Span<char> text = stackalloc char[DnsName.MaxTextLength];
                Span<byte> wire = stackalloc byte[DnsName.MaxWireLength];
                var length = DnsName.DecodeLabel(label, text);

                Assert.True(DnsName.TryEncode(text[..length], wire, out var octets));
                Assert.Equal(label.Length + 2, octets);
                Assert.Equal(label.Length, wire[0]);
                Assert.Equal(label.Select(o => o is >= (byte)'A' and <= (byte)'Z' ? (byte)(o + 32) : o), wire[1..(octets - 1)].ToArray());
                Assert.Equal(0, wire[octets - 1]);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_text_makes_the_encoder_throw_or_write_too_much() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text =>
        {
            Span<byte> wire = stackalloc byte[DnsName.MaxWireLength];
            Assert.True(!DnsName.TryEncode(text, wire, out var length) || length <= DnsName.MaxWireLength);
        }).QuickCheckThrowOnFailure();
}
