using ThrottleNet.Real.Tests.Guard;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Egress;

/// <summary>A relay whose mail leaves from another address than its own, a protected Postfix, and a real firewall.</summary>
public sealed class RelayBehindNatTests
{
    private const int Answered = 5001, PeerLeft = 4011;

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Client, GuardWorld.Authority, GuardWorld.Resolver, "sysctl")]
    public async Task A_relay_behind_NAT_passes_the_guard_and_is_never_dropped()
    {
        await using var world = await GuardWorld.StartAsync();
        var gateway = await world.AddAsync(20);
        var inside = await world.AddBehindAsync(gateway);
        var relay = await world.StartRelayAsync(inside, "natted", inside.Address);

        await world.KnownAsRelayAsync("10.77.0.20");

        // Without XCLIENT the destination sees the gateway's address and nothing of the client.
        for (var i = 0; i < 6; i++)
        {
            Assert.StartsWith("250 ", await GuardWorld.SendByAsync(inside, inside), StringComparison.Ordinal);
        }

        await world.Guard.LogLineAsync("the relay's mail", l => l.EventId == Answered && l.State["Block"] == "10.77.0.20" && l.State["Reason"] == "Relay");
        Assert.DoesNotContain(world.Guard.Log, l => l.EventId == Answered && l.State["Block"] == "10.77.0.20" && l.State["Reason"] != "Relay");

        // The operator hears that the certificate does not name that address.
        await relay.LogLineAsync("the difference", l => l.EventId == 3104 && l.Message.Contains("peers see this node come from 10.77.0.20", StringComparison.Ordinal));

        // Its link ends: it is deferred like a stranger, and still not dropped.
        await relay.KillAsync();
        await world.Relay.LogLineAsync("the end of its link", l => l.EventId == PeerLeft);
        await Eventually.HoldsAsync("the end of its time as a relay", async () => (await world.SendAsync(inside)).StartsWith('4'));
        for (var i = 0; i < 6; i++)
        {
            Assert.StartsWith("4", await world.SendAsync(inside), StringComparison.Ordinal);
        }

        Assert.True(await world.ReachesAsync(inside));
        Assert.DoesNotContain("10.77.0.20", await world.RulesAsync(), StringComparison.Ordinal);
        await world.Guard.StopAsync();
    }
}
