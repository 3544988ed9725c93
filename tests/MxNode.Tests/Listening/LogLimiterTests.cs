using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Tests.Listening;

public sealed class LogLimiterTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly LogLimiter<string> _limiter;

    public LogLimiterTests() => _limiter = new(TimeSpan.FromMinutes(1), _clock);

    [Fact]
    public void Events_are_logged_once_an_interval_with_their_number()
    {
        Assert.Equal(1, _limiter.Count("closed"));
        Assert.Null(_limiter.Count("closed"));
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Null(_limiter.Count("closed"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, _limiter.Count("closed"));
        Assert.Null(_limiter.Count("closed"));
    }

    [Fact]
    public void Each_kind_has_its_own_interval()
    {
        Assert.Equal(1, _limiter.Count("closed"));
        Assert.Equal(1, _limiter.Count("paused"));
        Assert.Null(_limiter.Count("closed"));
        Assert.Null(_limiter.Count("paused"));
    }

    [Fact]
    public void A_kind_may_have_several_lines_an_interval()
    {
        var limiter = new LogLimiter<string>(TimeSpan.FromMinutes(1), _clock, lines: 3);
        Assert.Equal([1, 1, 1, null, null], Enumerable.Range(0, 5).Select(_ => limiter.Count("joined")));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, limiter.Count("joined"));
    }

    [Fact]
    public void Kinds_without_end_fill_neither_the_memory_nor_the_log()
    {
        for (var i = 0; i < LogLimiter<string>.MaxKinds; i++)
        {
            Assert.Equal(1, _limiter.Count($"peer {i}"));
        }

        Assert.Null(_limiter.Count("peer 0"));
        Assert.Null(_limiter.Count("one more"));
        Assert.Null(_limiter.Count("peer 0"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, _limiter.Count("one more"));
        Assert.Equal(1, _limiter.Count("peer 0"));
    }
}
