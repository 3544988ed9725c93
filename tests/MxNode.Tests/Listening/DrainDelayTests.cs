using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Tests.Listening;

/// <summary>The time between the first moment of a stop and the closing of the listeners.</summary>
public sealed class DrainDelayTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_stop_is_announced_at_once_and_goes_on_when_the_time_is_over()
    {
        var delay = new DrainDelay(TimeSpan.FromSeconds(5), _time);
        Assert.False(delay.HasBegun);
        var stopping = delay.StoppingAsync(default);
        Assert.Equal((true, false), (delay.HasBegun, delay.IsOver));
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(stopping.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await stopping;
        Assert.True(delay.IsOver);
    }

    [Fact]
    public void Without_a_delay_nothing_waits()
    {
        var delay = new DrainDelay(TimeSpan.Zero, _time);
        Assert.True(delay.StoppingAsync(default).IsCompletedSuccessfully);
        Assert.Equal((true, true), (delay.HasBegun, delay.IsOver));
    }

    [Fact]
    public async Task The_end_of_the_time_for_the_whole_stop_ends_the_wait()
    {
        using var end = new CancellationTokenSource();
        var delay = new DrainDelay(TimeSpan.FromMinutes(1), _time);
        var stopping = delay.StoppingAsync(end.Token);
        await end.CancelAsync();
        await stopping;
        Assert.True(delay.IsOver);
    }
}
