using System.Net;
using ThrottleNet.MxNode.Dns;

namespace ThrottleNet.MxNode.Tests.Dns;

public sealed class DnsOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(new DnsOptions().Validate("Dns"));

    [Fact]
    public void Every_error_is_named_with_its_key()
    {
        var options = new DnsOptions
        {
            Servers = ["192.0.2.53", "dns.example.com", ""],
            Timeout = TimeSpan.FromMinutes(1),
            Attempts = 0,
            Deadline = TimeSpan.Zero,
            CacheEntries = -1,
        };

        Assert.Equal(
            [
                "Dns:Servers:1: 'dns.example.com' is not an address; set it to one like 192.0.2.53 or [2001:db8::53]:53",
                "Dns:Servers:2: '' is not an address; set it to one like 192.0.2.53 or [2001:db8::53]:53",
                "Dns:Timeout: 00:01:00 is out of range; set it between 00:00:00.1 and 00:00:30",
                "Dns:Attempts: 0 is out of range; set it between 1 and 5",
                "Dns:Deadline: 00:00:00 is out of range; set it between Timeout (00:01:00) and 00:02:00",
                "Dns:CacheEntries: -1 is out of range; set it between 0 and 1000000",
            ],
            options.Validate("Dns"));
    }

    [Fact]
    public void A_server_has_port_53_by_default() =>
        Assert.Equal(
            ["192.0.2.53:53", "192.0.2.53:5353", "[2001:db8::53]:53", "[2001:db8::53]:5353"],
            new DnsOptions { Servers = ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"] }
                .FindServers().Select(server => server.ToString()));

    [Fact]
    public void Without_configured_servers_the_systems_servers_are_used() => Assert.NotEmpty(new DnsOptions().FindServers());

    [Theory]
    [InlineData("nameserver 192.0.2.1\nnameserver 2001:db8::1\n", "192.0.2.1:53 [2001:db8::1]:53")]
    [InlineData("# nameserver 192.0.2.9\n; nameserver 192.0.2.9\n\tnameserver\t192.0.2.1 # mine\r\nsearch example.com\noptions edns0", "192.0.2.1:53")]
    [InlineData("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4", "192.0.2.1:53 192.0.2.2:53 192.0.2.3:53")]
    [InlineData("nameserver fe80::1%1", "[fe80::1%1]:53")]
    [InlineData("nameserver dns.example.com\nnameserver\nnameservers 192.0.2.1", "127.0.0.1:53")]
    [InlineData("", "127.0.0.1:53")]
    public void Servers_are_read_from_resolv_conf(string text, string servers) =>
        Assert.Equal(servers.Split(' ').Select(IPEndPoint.Parse), ResolvConf.Parse(text));
}
