using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Tests.Listening;

public sealed class OccasionallyTests
{
    [Fact]
    public void Events_are_counted_and_said_once_an_interval()
    {
        var clock = new FakeTimeProvider();
        var events = new Occasionally(TimeSpan.FromMinutes(1), clock);
        Assert.Equal(1, events.Note());
        Assert.Null(events.Note());
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Null(events.Note());
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, events.Note());
        Assert.Null(events.Note());
    }
}
