using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class IpBlockTests
{
    [Theory]
    [InlineData("192.0.2.77", "192.0.2.77", "192.0.2.0/24", "192.0.0.0/16")]
    [InlineData("255.255.255.255", "255.255.255.255", "255.255.255.0/24", "255.255.0.0/16")]
    [InlineData("0.0.0.0", "0.0.0.0", "0.0.0.0/24", "0.0.0.0/16")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48", "2001:db8::/32")]
    [InlineData("2001:db8:1:ff02::1", "2001:db8:1:ff02::/64", "2001:db8:1::/48", "2001:db8::/32")]
    [InlineData("::1", "::/64", "::/48", "::/32")]
    public void An_address_has_a_host_a_site_and_a_region(string address, string host, string site, string region)
    {
        var block = IpBlock.Of(IPAddress.Parse(address));

        Assert.Equal(host, block.ToString());
        Assert.Equal(site, block.Site.ToString());
        Assert.Equal(region, block.Region.ToString());
    }

    [Fact]
    public void A_mapped_address_is_its_IPv4_address() =>
        Assert.Equal(IpBlock.Of(IPAddress.Parse("192.0.2.1")), IpBlock.Of(IPAddress.Parse("::ffff:192.0.2.1")));

    [Fact]
    public void Levels_of_one_key_are_different_blocks()
    {
        var host = IpBlock.Of(IPAddress.Parse("2001:db8::"));
        Assert.NotEqual(host, host.Region);
        Assert.NotEqual(host.Site, host.Region);
    }
}
