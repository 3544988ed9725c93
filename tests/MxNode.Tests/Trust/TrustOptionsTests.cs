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
}
