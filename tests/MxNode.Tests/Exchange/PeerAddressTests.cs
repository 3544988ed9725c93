using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class PeerAddressTests
{
    [Theory]
    [InlineData("192.0.2.1:8026", "192.0.2.1:8026")]
    [InlineData("A.example.net:1", "a.example.net:1")]
    [InlineData("[2001:db8:0::1]:65535", "[2001:db8::1]:65535")]
    public void An_address_is_read(string text, string expected)
    {
        Assert.True(PeerAddress.TryParse(text, out var address));
        Assert.Equal(expected, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":1")]
    [InlineData("a.example.net")]
    [InlineData("a.example.net:")]
    [InlineData("a.example.net:0")]
    [InlineData("a.example.net:65536")]
    [InlineData("a.example.net:+1")]
    [InlineData("2001:db8::1:8026")]
    [InlineData("[2001:db8::1:8026")]
    [InlineData("[192.0.2.1]:8026")]
    [InlineData("a/b:8026")]
    [InlineData("user@a:8026")]
    [InlineData("a b:8026")]
    public void A_malformed_address_is_not_read(string text) => Assert.False(PeerAddress.TryParse(text, out _));
}
