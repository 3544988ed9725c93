using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Throttle;

public sealed class CountingClockTests
{
    [Fact]
    public void It_follows_the_time_that_it_is_given()
    {
        var time = new FakeTimeProvider();
        var clock = new CountingClock(time);
        var start = clock.Now;

        time.Advance(TimeSpan.FromMilliseconds(1234));

        Assert.Equal((time.GetUtcNow().ToUnixTimeMilliseconds(), 1234), (clock.Now, clock.Now - start));
    }

    [Fact]
    public void By_the_systems_time_it_is_the_time_of_day_and_never_goes_back()
    {
        var before = TimeProvider.System.GetUtcNow().AddSeconds(-1).ToUnixTimeMilliseconds();
        var clock = new CountingClock(TimeProvider.System);

        var readings = Enumerable.Range(0, 1000).Select(_ => clock.Now).ToList();

        Assert.Equal(readings.Order(), readings);
        Assert.InRange(readings[0], before, TimeProvider.System.GetUtcNow().AddSeconds(1).ToUnixTimeMilliseconds());
    }
}
