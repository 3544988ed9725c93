using ThrottleNet.MxNode.Admin;

namespace ThrottleNet.MxNode.Tests.Admin;

/// <summary>What <c>block</c> can be asked about, as operators write it.</summary>
public sealed class CountedBlockTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7", "192.0.2.7")]
    [InlineData("192.0.2.7/32", "192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7")]
    [InlineData("192.0.2.0/24", "192.0.2.0/24", "192.0.2.0/24")]
    [InlineData("192.0.0.0/16", "192.0.0.0/16", "192.0.0.0/16")]
    [InlineData("2001:db8::7", "2001:db8::7", "2001:db8::/64")]
    [InlineData("2001:db8::/64", "2001:db8::/64", "2001:db8::/64")]
    [InlineData("2001:db8::/48", "2001:db8::/48", "2001:db8::/48")]
    [InlineData("2001:db8::/32", "2001:db8::/32", "2001:db8::/32")]
    public void An_address_or_a_counted_network_is_its_block(string text, string asked, string block)
    {
        Assert.True(CountedBlock.TryParse(text, out var counted, out var error), error);
        Assert.Equal((asked, block), (counted.Text, counted.Block.ToString()));
    }

    [Theory]
    [InlineData("", "not an address or a network")]
    [InlineData("192.0.2", "not an address or a network")]
    [InlineData("192.0.2.7.8", "not an address or a network")]
    [InlineData("192.0.2.7/", "no valid prefix length")]
    [InlineData("192.0.2.7/24", "the network is 192.0.2.0/24")]
    [InlineData("192.0.2.0/25", "ask about 192.0.2.0/24, which has it inside")]
    [InlineData("192.0.0.0/20", "ask about 192.0.0.0/16, which has it inside")]
    [InlineData("10.0.0.0/8", "ask about a network inside it, such as 10.0.0.0/16")]
    [InlineData("2001:db8::/96", "ask about 2001:db8::/64, which has it inside")]
    [InlineData("2001:d00::/24", "ask about a network inside it, such as 2001:d00::/32")]
    [InlineData("::/0", "ask about a network inside it")]
    public void Anything_else_is_refused_and_the_error_says_what_to_ask(string text, string error)
    {
        Assert.False(CountedBlock.TryParse(text, out _, out var found));
        Assert.Contains(error, found, StringComparison.Ordinal);
    }
}
