using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Tests.Trust;

/// <summary>What is asked about before a host is enrolled.</summary>
public sealed class EnrolDoubtsTests
{
    [Theory]
    [InlineData("46.0.0.0/8", "postmaster@example.org", null, "46.0.0.0/8 holds 16777216 addresses, and all of them would be trusted without limit: give a --rate")]
    [InlineData("198.51.0.0/16", "postmaster@example.org", 500, "198.51.0.0/16 holds 65536 addresses, and all of them would be trusted")]
    [InlineData("2001:db8::/32", "https://example.org/abuse", 500, "2001:db8::/32 holds 4294967296 subnets (/64), and all of them would be trusted")]
    [InlineData("10.1.2.3", "postmaster@example.org", 500, "10.1.2.3/32 is a private or reserved range: no mail server of the internet sends from it, and every site has hosts of its own there")]
    [InlineData("fd00::1", "postmaster@example.org", 500, "fd00::1/128 is a private or reserved range: no mail server of the internet sends from it, and every site has hosts of its own there")]
    [InlineData("192.0.2.7", "me", 500, "the contact \"me\" is neither a mail address nor a URL, so nobody could report abuse to it")]
    [InlineData("192.0.2.7", "me@localhost", 500, "the contact \"me@localhost\" is neither a mail address nor a URL, so nobody could report abuse to it")]
    [InlineData("lists.example.org", "x y@example.org", 500, "the contact \"x y@example.org\" is neither a mail address nor a URL, so nobody could report abuse to it")]
    public void A_doubt_is_named(string subject, string contact, int? rate, string doubt) => Assert.Equal(doubt, Assert.Single(Find(subject, contact, rate)));

    [Theory]
    [InlineData("192.0.2.7", "postmaster@lists.example.org")]
    [InlineData("192.0.2.0/24", "mailto-is-not-needed@example.org")]
    [InlineData("2001:db8::/48", "https://lists.example.org/abuse")]
    [InlineData("lists.example.org", "abuse@example.org")]
    public void What_an_admin_usually_enrols_has_none(string subject, string contact) => Assert.Empty(Find(subject, contact, null));

    [Fact]
    public void Several_doubts_are_named_together() => Assert.Equal(3, Find("10.0.0.0/8", "nobody", null).Count);

    private static IReadOnlyList<string> Find(string subject, string contact, int? rate) =>
        EnrolDoubts.Find(TrustSubject.TryParse(subject, out var parsed, out var error) ? parsed : throw new FormatException(error), contact, rate);
}
