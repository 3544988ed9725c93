using System.Net;
using ThrottleNet.MxNode.Egress;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Tests.Egress;

public sealed class EgressComparisonTests
{
    private static readonly SubjectAltNames Certificate = new([IPAddress.Parse("192.0.2.1")], ["a.throttle-mx.test"]) { Egress = [IPAddress.Parse("192.0.2.2"), IPAddress.Parse("2001:db8::2")] };

    [Theory]
    [InlineData("", "")]
    [InlineData("192.0.2.1", "192.0.2.2")]
    [InlineData("192.0.2.2 2001:db8::2", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.2", "2001:db8::2")]
    [InlineData("", "203.0.113.7")] // an address of the certificate's name
    [InlineData("127.0.0.1", "127.0.0.1")]
    public void What_agrees_is_no_difference(string sources, string seen) => Assert.Empty(Compare(sources, seen));

    [Theory]
    [InlineData("192.0.2.9", "", "Relay:SourceAddresses names 192.0.2.9, and the certificate does not", "pki issue --renew --egress 192.0.2.9")]
    [InlineData("2001:db8::9", "", "Relay:SourceAddresses names 2001:db8::9, and the certificate does not", "pki issue --renew --egress 2001:db8::9")]
    [InlineData("", "198.51.100.7", "peers see this node come from 198.51.100.7", "pki issue --renew --egress 198.51.100.7")]
    [InlineData("192.0.2.2", "2001:db8::99", "peers see this node come from 2001:db8::99", "pki issue --renew --egress 2001:db8::99")]
    public void A_difference_is_one_line_that_says_what_to_do(string sources, string seen, string what, string todo)
    {
        var line = Assert.Single(Compare(sources, seen));
        Assert.Contains(what, line, StringComparison.Ordinal);
        Assert.EndsWith(todo, line, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_certificate_there_is_nothing_to_compare() =>
        Assert.Empty(EgressComparison.Differences(Addresses("192.0.2.9"), null, _ => false, Addresses("192.0.2.8")));

    private static List<string> Compare(string sources, string seen) =>
        [.. EgressComparison.Differences(Addresses(sources), Certificate, address => address.ToString() == "203.0.113.7", Addresses(seen))];

    private static List<IPAddress> Addresses(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)];
}
