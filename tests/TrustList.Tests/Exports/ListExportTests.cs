using System.Globalization;
using System.Net;
using System.Text.Json;
using ThrottleNet.TrustList.Exports;

namespace ThrottleNet.TrustList.Tests.Exports;

public sealed class ListExportTests
{
    private static readonly TrustIndex List = TrustIndex.Build(
    [
        new TrustEntry
        {
            Network = IPNetwork.Parse("192.0.2.0/30"),
            Kind = TrustKind.ListHost,
            Organisation = "Cash $$ & \"Söhne\"",
            RatePerHour = 500,
            Expires = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero),
            Author = "me",
        },
        new TrustEntry { Network = IPNetwork.Parse("192.0.2.3/32"), Standing = TrustStanding.Suspended },
        new TrustEntry { Network = IPNetwork.Parse("2001:db8::/32"), Kind = TrustKind.Site },
        new TrustEntry { Network = IPNetwork.Parse("2001:db8:1::1/128"), Kind = TrustKind.Relay, HostName = "mx.example.org" },
    ]);

    public static TheoryData<string> Formats { get; } = [.. ListExport.Formats];

    [Fact]
    public void The_formats_are_those_of_the_manual() =>
        Assert.Equal(["exim", "haproxy", "json", "nftables", "postfix", "rbldnsd", "text"], ListExport.Formats);

    [Fact]
    public void Postfix() => Assert.Equal(["192.0.2.0/31 permit", "192.0.2.2/32 permit", "2001:db8::/48 permit"], Lines("postfix").Take(3));

    [Fact]
    public void Exim() =>
        Assert.Equal(["192.0.2.0/31: list-host", "192.0.2.2/32: list-host", "\"2001:db8::/48\": site", "\"2001:db8:1::/128\": site", "\"2001:db8:1::1/128\": relay"], Lines("exim").Take(5));

    [Fact]
    public void Haproxy() => Assert.Equal(["192.0.2.0/31", "192.0.2.2/32", "2001:db8::/48"], Lines("haproxy").Take(3));

    [Fact]
    public void Rbldnsd()
    {
        var lines = Lines("rbldnsd");
        Assert.Equal(
            [
                "$DATASET ip4trie:ip4trie @",
                "127.0.0.2/32 :127.0.2.3:site test entry",
                "192.0.2.0/31 :127.0.1.2:list-host Cash $$$$ & \"Söhne\", until 2027-01-01",
                "192.0.2.2/32 :127.0.1.2:list-host Cash $$$$ & \"Söhne\", until 2027-01-01",
                "$DATASET ip6trie:ip6trie @",
                "::ffff:127.0.0.2/128 :127.0.2.3:site test entry",
                "2001:db8::/48 :127.0.2.3:site",
            ],
            lines.Take(7));
    }

    [Fact]
    public void Nftables() =>
        Assert.Equal(
            [
                "add table inet throttlenet",
                "add set inet throttlenet trusted4 { type ipv4_addr; flags interval; }",
                "flush set inet throttlenet trusted4",
                "add set inet throttlenet trusted6 { type ipv6_addr; flags interval; }",
                "flush set inet throttlenet trusted6",
                "add element inet throttlenet trusted4 { 192.0.2.0/31, 192.0.2.2/32 }",
            ],
            Lines("nftables").Take(6));

    [Fact]
    public void Json()
    {
        using var document = JsonDocument.Parse(Text("json", List));
        var first = document.RootElement[0];
        Assert.Equal("192.0.2.0/31", first.GetProperty("network").GetString());
        Assert.Equal("192.0.2.0/30", first.GetProperty("subject").GetString());
        Assert.Equal("list-host", first.GetProperty("kind").GetString());
        Assert.Equal("Cash $$ & \"Söhne\"", first.GetProperty("organisation").GetString());
        Assert.Equal(500, first.GetProperty("ratePerHour").GetInt32());
        Assert.Equal("2027-01-01T00:00:00Z", first.GetProperty("expires").GetString());
        Assert.Contains(document.RootElement.EnumerateArray(), row => row.GetProperty("subject").GetString() == "mx.example.org");
        Assert.Equal("[]\n", Text("json", TrustIndex.Empty));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void No_format_holds_a_suspended_address(string format)
    {
        var text = Text(format, List);
        Assert.DoesNotContain("192.0.2.3", text, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.0/30 ", text, StringComparison.Ordinal);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_format_that_is_not_known_is_refused_with_those_that_are() =>
        Assert.Contains(
            "exim, haproxy, json",
            Assert.Throws<ArgumentException>(() => Text("bind", List)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_TXT_record_is_never_over_its_length_limit()
    {
        var entry = new TrustEntry
        {
            Network = IPNetwork.Parse("192.0.2.0/24"),
            Kind = TrustKind.IspSmarthost,
            Organisation = new string('ü', 199) + "\U0001F4EC",
            Expires = DateTimeOffset.MaxValue,
        };
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(Dnswl.Text(entry)), 200, 255);
        Assert.StartsWith("isp-smarthost üü", Dnswl.Text(entry), StringComparison.Ordinal);
    }

    private static string[] Lines(string format) =>
        [.. Text(format, List).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#'))];

    private static string Text(string format, TrustIndex list)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        ListExport.Write(format, list, output);
        return output.ToString();
    }
}
