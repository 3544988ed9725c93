using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class MailboxTests
{
    [Theory]
    [InlineData("a.b", "c.example", "a.b@c.example")]
    [InlineData("a b", "c.example", "\"a b\"@c.example")]
    [InlineData("a..b", "c.example", "\"a..b\"@c.example")]
    [InlineData("", "c.example", "\"\"@c.example")]
    [InlineData("a\"b\\c", "c.example", "\"a\\\"b\\\\c\"@c.example")]
    [InlineData("grüße", "c.example", "grüße@c.example")]
    [InlineData("a", "[192.0.2.1]", "a@[192.0.2.1]")]
    public void A_mailbox_is_written_with_the_least_quoting(string local, string domain, string path) =>
        Assert.Equal(path, new Mailbox(local, domain).ToString());

    [Fact]
    public void A_mailbox_says_whether_it_needs_SMTPUTF8_and_whether_it_is_the_postmaster()
    {
        Assert.True(new Mailbox("a", "b.example").IsAscii);
        Assert.False(new Mailbox("ä", "b.example").IsAscii);
        Assert.True(new Mailbox("POSTMASTER", "b.example").IsPostmaster);
        Assert.Equal("a..b@b.example", new Mailbox("a..b", "b.example") { IsLoose = true }.ToString());
        Assert.False(new Mailbox("postmaster2", "b.example").IsPostmaster);
    }
}
