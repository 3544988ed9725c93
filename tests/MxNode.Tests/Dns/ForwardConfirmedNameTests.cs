using System.Net;
using ThrottleNet.MxNode.Dns;

namespace ThrottleNet.MxNode.Tests.Dns;

/// <summary>The names of clients, by reverse and forward DNS.</summary>
public sealed class ForwardConfirmedNameTests
{
    [Theory]
    [InlineData("192.0.2.1", "mail.client.test", "mail.client.test")]
    [InlineData("2001:db8::1", "mail.client.test", "mail.client.test")]
    [InlineData("192.0.2.1", "my_host.client.test", "my_host.client.test")]
    [InlineData("192.0.2.1", "a)by(b.client.test", null)]
    [InlineData("192.0.2.1", "a\\013\\010x.client.test", null)]
    [InlineData("192.0.2.1", "a\\.b.client.test", null)]
    public async Task A_name_counts_if_it_has_the_address_and_is_a_host_name(string address, string name, string? expected)
    {
        var dns = new FakeDns().HostBothWays(name, address);
        Assert.Equal(expected, await new ForwardConfirmedName(dns).FindAsync(IPAddress.Parse(address), default));
    }

    [Fact]
    public async Task A_name_without_the_address_does_not_count_and_the_next_one_is_tried()
    {
        var dns = new FakeDns().Reverse("192.0.2.1", "mail.other.test").Reverse("192.0.2.1", "no.such.test").HostBothWays("mail.client.test", "192.0.2.1").Host("mail.other.test", "192.0.2.2");
        Assert.Equal("mail.client.test", await new ForwardConfirmedName(dns).FindAsync(IPAddress.Parse("192.0.2.1"), default));
    }
}
