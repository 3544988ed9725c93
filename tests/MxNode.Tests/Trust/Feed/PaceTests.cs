using ThrottleNet.MxNode.Trust.Feed;

namespace ThrottleNet.MxNode.Tests.Trust.Feed;

public sealed class PaceTests
{
    [Fact]
    public void Frames_over_the_burst_wait()
    {
        var clock = new FakeTimeProvider();
        var pace = new Pace(clock, rate: 10, burst: 100);
        Assert.True(pace.SpendAsync(100, CancellationToken.None).IsCompleted);
        var waiting = pace.SpendAsync(10, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(pace.SpendAsync(10, CancellationToken.None).IsCompleted);
    }
}
