using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Tests.Trust;

public sealed class TrustOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(new TrustOptions().Validate("Trust"));

    [Fact]
    public void Each_wrong_entry_is_named_with_what_would_be_right()
    {
        var options = new TrustOptions { Entries = ["192.0.2.10", "192.0.2.5/24", "mail.example.com", "2001:db8::/32"] };

        Assert.Equal(
            [
                "Trust:Entries:1: 192.0.2.5/24 has host bits set below /24; the network is 192.0.2.0/24",
                "Trust:Entries:2: mail.example.com is not an address or a network; write it as 192.0.2.10, 192.0.2.0/24 or 2001:db8::/32",
            ],
            options.Validate("Trust"));
    }

    [Fact]
    public void Every_other_error_is_named_too()
    {
        var options = new TrustOptions
        {
            Roots = ["root"],
            DnsListen = ["localhost:53", "192.0.2.1"],
            Exports = new Dictionary<string, string> { ["bind"] = "/tmp/x", ["postfix"] = "/tmp/y" },
        };

        Assert.Equal(
            [
                "Trust:Roots:0: root is not a key id; set it to the 40 hexadecimal digits that 'trust key show' prints",
                "Trust:DnsListen:0: localhost:53 is not an address and port; write it as 192.0.2.1:53 or [2001:db8::1]:53",
                "Trust:DnsListen:1: 192.0.2.1 is not an address and port; write it as 192.0.2.1:53 or [2001:db8::1]:53",
                "Trust:Zone: is null while DnsListen is set; name the zone to serve, such as list.throttle-mx.example.net",
                "Trust:Exports:bind: is not a format; there are exim, haproxy, json, nftables, postfix, rbldnsd, text",
            ],
            options.Validate("Trust"));
    }
}
