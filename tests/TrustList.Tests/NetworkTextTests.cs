namespace ThrottleNet.TrustList.Tests;

public sealed class NetworkTextTests
{
    [Theory]
    [InlineData("192.0.2.10", "192.0.2.10/32")]
    [InlineData("192.0.2.0/24", "192.0.2.0/24")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("2001:DB8:0::/32", "2001:db8::/32")]
    [InlineData("::1", "::1/128")]
    [InlineData("::ffff:192.0.2.10", "192.0.2.10/32")]
    [InlineData("::ffff:192.0.2.0/120", "192.0.2.0/24")]
    public void Addresses_and_networks_are_read(string text, string network)
    {
        Assert.True(NetworkText.TryParse(text, out var parsed, out _));
        Assert.Equal(network, parsed.ToString());
    }

    [Theory]
    [InlineData("192.0.2.5/24", "host bits set below /24; the network is 192.0.2.0/24")]
    [InlineData("2001:db8::1/64", "host bits set below /64; the network is 2001:db8::/64")]
    [InlineData("::ffff:192.0.2.5/120", "host bits set below /120; the network is 192.0.2.0/24")]
    [InlineData("192.0.2.0/33", "set it between 0 and 32")]
    [InlineData("2001:db8::/129", "set it between 0 and 128")]
    [InlineData("192.0.2.0/", "set it between 0 and 32")]
    [InlineData("192.0.2.0/-1", "set it between 0 and 32")]
    [InlineData("192.0.2.0/024", "set it between 0 and 32")]
    [InlineData("192.0.2.0/24/1", "set it between 0 and 32")]
    [InlineData("192.0.2", "not an address")]
    [InlineData("192.0.2.010", "not an address")]
    [InlineData("0xc0.0.2.1", "not an address")]
    [InlineData("1", "not an address")]
    [InlineData("", "not an address")]
    [InlineData(" 192.0.2.1", "not an address")]
    [InlineData("mail.example.com", "not an address")]
    [InlineData("fe80::1%eth0", "not an address")]
    [InlineData("[::1]", "not an address")]
    public void The_error_says_what_is_wrong(string text, string complaint)
    {
        Assert.False(NetworkText.TryParse(text, out _, out var error));
        Assert.Contains(complaint, error, StringComparison.Ordinal);
    }
}
