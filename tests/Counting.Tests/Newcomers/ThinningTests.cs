using FsCheck;
using FsCheck.Fluent;

namespace ThrottleNet.Counting.Tests;

public sealed class ThinningTests
{
    [Fact]
    public void Counts_under_the_limits_thin_nobody_however_much_they_decay() =>
        Prop.ForAll<(ushort Newcomers, ushort Waiting, ushort Standing, byte Limit, byte Decay)>(drawn =>
        {
            var before = new AreaCounts(drawn.Newcomers / 256f, drawn.Waiting / 1024f, drawn.Standing, 0);
            var (fast, slow) = (1 - (drawn.Decay / 255f), 1 - (drawn.Decay / 1024f));
            var now = new AreaCounts(before.Newcomers * fast, before.Waiting * fast, before.Standing * slow, 0);

            return !Thinning.IsUnder(drawn.Limit, before) || Thinning.Of(now, now, drawn.Limit, drawn.Limit) == Thinning.None;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(10, 2.5f, true)]
    [InlineData(10.1f, 0, false)]
    [InlineData(0, 2.6f, false)]
    public void A_quarter_of_a_limit_is_for_waiting_hosts(float newcomersPerHour, float waitingPerHour, bool isUnder) =>
        Assert.Equal(isUnder, Thinning.IsUnder(10, new AreaCounts(newcomersPerHour / Decay.FastPerHour, waitingPerHour / Decay.FastPerHour, 0, 0)));
}
