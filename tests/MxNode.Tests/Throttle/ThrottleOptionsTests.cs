using ThrottleNet.Counting;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Throttle;

public sealed class ThrottleOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(new ThrottleOptions().Validate("Throttle"));

    [Fact]
    public void A_node_without_peers_needs_no_hold() => Assert.Empty(new ThrottleOptions { Hold = TimeSpan.Zero }.Validate("Throttle"));

    [Fact]
    public void Settings_without_effect_are_reported()
    {
        Assert.Empty(new ThrottleOptions().WithoutEffect("Throttle"));
        var options = new ThrottleOptions { Site = new BlockLimits { Soft = 25, Hard = 200, Day = 800 }, Region = new BlockLimits { Soft = 1, Hard = 1000, Day = 10_000 } };
        Assert.Empty(options.Validate("Throttle"));
        Assert.Equal(["Throttle:Site:Day", "Throttle:Region:Soft"], options.WithoutEffect("Throttle"));
    }

    [Fact]
    public void Each_error_names_its_key_and_a_correct_value()
    {
        var options = new ThrottleOptions
        {
            Hold = TimeSpan.FromMinutes(2),
            MaxDelay = TimeSpan.FromMinutes(10),
            Host = new BlockLimits { Soft = 30, Hard = 20, Day = 1000 },
            Site = new BlockLimits { Soft = 0, Hard = 10, Day = 750 },
            Region = new BlockLimits { Soft = 250, Hard = float.NaN, Day = 10 },
            WarmUp = TimeSpan.FromSeconds(-1),
            BadRecipients = 0,
            RetryWeight = 2,
            RetryWindow = TimeSpan.FromDays(2),
            MaxEnvelopes = 1,
            MaxRows = 0,
            SnapshotInterval = TimeSpan.Zero,
        };
        Assert.Equal(
            [
                "Throttle:Hold: 00:02:00 is out of range; set it between 00:00:00 and 00:01:00",
                "Throttle:MaxDelay: 00:10:00 is out of range; set it between Hold (00:02:00) and 00:04:00, as senders give up after 5 minutes",
                "Throttle:Host:Soft: 30 is above Hard (20); set it between 0.01 and Hard",
                "Throttle:Site:Hard: 10 is under Host:Hard (20); set it to that or more",
                "Throttle:Region:Hard: NaN is no rate; set it to 0.01 or more",
                "Throttle:WarmUp: -00:00:01 is out of range; set it between 00:00:00 (none) and 30.00:00:00",
                "Throttle:BadRecipients: 0 is no rate; set it to 0.01 or more",
                "Throttle:RetryWeight: 2 is out of range; set it above 0, up to 1",
                "Throttle:RetryWindow: 2.00:00:00 is out of range; set it between 00:01:00 and 1.00:00:00",
                "Throttle:MaxEnvelopes: 1 is out of range; set it between 1024 and 268435456",
                "Throttle:MaxRows: 0 is out of range; set it between 10000 and 500000000",
                "Throttle:SnapshotInterval: 00:00:00 is out of range; set it between 00:00:01 and 01:00:00",
            ],
            options.Validate("Throttle"));
    }
}
