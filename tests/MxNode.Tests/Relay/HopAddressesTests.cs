using System.Net;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class HopAddressesTests
{
    private readonly FakeDns _dns = new();
    private readonly OwnIdentity _self = new("a.node.test");

    private async Task<(HopLookup Outcome, string[] EndPoints)> Find(MxHost host, bool allowPrivate = false)
    {
        var addresses = new HopAddresses(new RelayOptions { AllowPrivateDestinations = allowPrivate }, _self, _dns, TimeProvider.System);
        var (outcome, endPoints) = await addresses.FindAsync(host, default);
        return (outcome, [.. endPoints.Select(e => e.ToString())]);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.7")]
    [InlineData("203.0.113.9")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::10.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:a00:1::1")]
    [InlineData("3fff::1")]
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public async Task An_address_that_is_not_public_is_forbidden_unless_the_operator_allows_it(string address)
    {
        _dns.Host("mail.test", address);

        Assert.Equal(HopLookup.Forbidden, (await Find(new MxHost("mail.test", 25))).Outcome);
        Assert.Equal(HopLookup.Found, (await Find(new MxHost("mail.test", 25), allowPrivate: true)).Outcome);
    }

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.32.0.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2a00:1450::1")]
    [InlineData("2606:4700::1")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("::ffff:8.8.8.8")]
    public async Task A_public_address_is_found(string address)
    {
        _dns.Host("mail.test", address);

        Assert.Equal(HopLookup.Found, (await Find(new MxHost("mail.test", 25))).Outcome);
    }

    [Fact]
    public async Task Only_public_addresses_of_a_host_are_connected_to_IPv4_first()
    {
        _dns.Host("mail.test", "2a00:1450::1", "10.0.0.1", "8.8.8.8", "fe80::1");

        var (outcome, endPoints) = await Find(new MxHost("mail.test", 25));

        Assert.Equal(HopLookup.Found, outcome);
        Assert.Equal(["8.8.8.8:25", "[2a00:1450::1]:25"], endPoints);
    }

    [Fact]
    public async Task An_address_that_this_node_listens_on_is_forbidden_even_as_a_route()
    {
        _self.ListensOn([IPEndPoint.Parse("127.0.0.1:2525"), IPEndPoint.Parse("0.0.0.0:25"), IPEndPoint.Parse("8.8.4.4:26")]);
        _dns.Host("mail.test", "8.8.4.4");

        Assert.Equal(HopLookup.Forbidden, (await Find(new MxHost("127.0.0.1", 2525, IsRoute: true))).Outcome);
        Assert.Equal(HopLookup.Forbidden, (await Find(new MxHost("127.0.0.5", 25, IsRoute: true))).Outcome);
        Assert.Equal(HopLookup.Forbidden, (await Find(new MxHost("mail.test", 26))).Outcome);
        Assert.Equal(HopLookup.Found, (await Find(new MxHost("mail.test", 27))).Outcome);
        Assert.Equal(HopLookup.Found, (await Find(new MxHost("127.0.0.1", 4025, IsRoute: true))).Outcome);
    }

    [Fact]
    public async Task A_host_name_in_a_route_may_be_private()
    {
        _dns.Host("mail.internal", "10.0.0.1");

        var (outcome, endPoints) = await Find(new MxHost("mail.internal", 24, IsRoute: true));

        Assert.Equal(HopLookup.Found, outcome);
        Assert.Equal(["10.0.0.1:24"], endPoints);
    }

    [Fact]
    public async Task A_name_that_looks_like_an_address_is_looked_up()
    {
        Assert.Equal(HopLookup.NoAddress, (await Find(new MxHost("8.8.8.8", 25))).Outcome);
        Assert.Contains("8.8.8.8 A", _dns.Questions);
    }

    [Fact]
    public async Task A_DNS_failure_is_not_the_same_as_no_address()
    {
        _dns.Fails("half.test", DnsType.Aaaa).Fails("whole.test", DnsType.Aaaa).Host("whole.test", "8.8.8.8");

        Assert.Equal(HopLookup.DnsFailure, (await Find(new MxHost("half.test", 25))).Outcome);
        Assert.Equal(HopLookup.Found, (await Find(new MxHost("whole.test", 25))).Outcome);
        Assert.Equal(HopLookup.NoAddress, (await Find(new MxHost("none.test", 25))).Outcome);
    }
}
