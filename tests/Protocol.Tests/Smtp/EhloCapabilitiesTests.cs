using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class EhloCapabilitiesTests
{
    [Fact]
    public void Extensions_are_found_in_any_case_and_order()
    {
        var capabilities = Parse(
            "PIPELINING", "size 10240000", "VRFY", "STARTTLS", "XClient NAME addr", "8BITMIME", "SMTPUTF8", "EnhancedStatusCodes");

        Assert.True(capabilities.Pipelining);
        Assert.True(capabilities.EightBitMime);
        Assert.True(capabilities.SmtpUtf8);
        Assert.True(capabilities.StartTls);
        Assert.True(capabilities.EnhancedStatusCodes);
        Assert.Equal(10240000, capabilities.Size);
        Assert.Equal(["ADDR", "NAME"], capabilities.XclientAttributes.Order());
    }

    [Theory]
    [InlineData("HELP", null)]
    [InlineData("SIZE", 0L)]
    [InlineData("SIZE 0", 0L)]
    [InlineData("SIZE nonsense", 0L)]
    [InlineData("SIZE 1 2", 1L)]
    [InlineData("SIZELESS", null)]
    public void A_size_may_be_offered_without_a_limit(string line, long? size) => Assert.Equal(size, Parse(line).Size);

    [Fact]
    public void The_first_line_offers_nothing()
    {
        var capabilities = EhloCapabilities.Parse(new SmtpReply(250, null, ["PIPELINING", "", "8BITMIME"]));

        Assert.False(capabilities.Pipelining);
        Assert.True(capabilities.EightBitMime);
        Assert.Empty(capabilities.XclientAttributes);
        Assert.Null(EhloCapabilities.None.Size);
    }

    private static EhloCapabilities Parse(params string[] lines) =>
        EhloCapabilities.Parse(new SmtpReply(250, null, ["mail.example.com", .. lines]));
}
