using System.Net;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>The addresses that mail leaves from.</summary>
public sealed class SourceAddressTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.9")]
    [InlineData("::1", "::1")]
    public async Task Mail_leaves_from_the_address_of_the_next_hops_family(string hopAddress, string source)
    {
        await using var rig = new RelayRig(new RelayOptions { AllowPrivateDestinations = true, SourceAddresses = [IPAddress.Parse("127.0.0.9"), IPAddress.IPv6Loopback] });
        await using var hop = new ScriptedHop(new IPEndPoint(IPAddress.Parse(hopAddress), 0))
        {
            Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say($"550 5.7.1 {source} is on our list") : null,
        };

        // The refusal is about the relay only if the relay called from there.
        Assert.StartsWith("451 4.4.1", (await rig.SendAsync(hop)).Rcpt.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_is_not_this_machines_is_a_failed_connection_and_no_loss()
    {
        await using var rig = new RelayRig(new RelayOptions { AllowPrivateDestinations = true, SourceAddresses = [IPAddress.Parse("192.0.2.1")] });
        await using var hop = new ScriptedHop();
        Assert.StartsWith("451 4.4.1", (await rig.SendAsync(hop)).Rcpt.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, hop.Connections);
    }

    [Fact]
    public void A_next_hop_is_always_called_from_the_same_of_several_and_next_hops_share_them()
    {
        var options = new RelayOptions { SourceAddresses = [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"), IPAddress.Parse("2001:db8::1")] };
        var used = Enumerable.Range(1, 20).Select(i => options.SourceFor(IPAddress.Parse($"198.51.100.{i}"))).ToList();
        Assert.Equal(used, Enumerable.Range(1, 20).Select(i => options.SourceFor(IPAddress.Parse($"198.51.100.{i}"))));
        Assert.Equal(["192.0.2.1", "192.0.2.2"], used.Select(source => source!.ToString()).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal("2001:db8::1", options.SourceFor(IPAddress.Parse("2001:db8:5::9"))!.ToString());
        Assert.Null(new RelayOptions { SourceAddresses = [IPAddress.Parse("192.0.2.1")] }.SourceFor(IPAddress.IPv6Loopback));
    }

    [Fact]
    public async Task Behind_NAT_a_refusal_is_recognised_by_the_address_that_others_see()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop
        {
            Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say("554 203.0.113.9 has a poor reputation") : null,
        };
        Assert.StartsWith("554", (await rig.SendAsync(hop)).Rcpt.ToString(), StringComparison.Ordinal);
        rig.Self.Sources = [IPAddress.Parse("203.0.113.9")];
        Assert.StartsWith("451 4.4.1", (await rig.SendAsync(hop)).Rcpt.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Wildcards_and_too_many_addresses_are_configuration_errors()
    {
        var options = new RelayOptions { SourceAddresses = [IPAddress.Any, .. Enumerable.Range(1, 16).Select(i => new IPAddress([192, 0, 2, (byte)i]))] };
        Assert.Equal(2, options.Validate("Relay").Count(error => error.StartsWith("Relay:SourceAddresses: ", StringComparison.Ordinal)));
        Assert.Empty(new RelayOptions { SourceAddresses = [IPAddress.Parse("192.0.2.1")] }.Validate("Relay"));
    }
}
