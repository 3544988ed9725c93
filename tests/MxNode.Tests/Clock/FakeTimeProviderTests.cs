namespace ThrottleNet.MxNode.Tests.Clock;

public sealed class FakeTimeProviderTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();
    private readonly DateTimeOffset _wall;
    private readonly long _monotonic;
    private readonly List<DateTimeOffset> _fired = [];

    public FakeTimeProviderTests() => (_wall, _monotonic) = (_time.GetUtcNow(), _time.GetTimestamp());

    [Fact]
    public void Advance_moves_both_clocks_and_fires_each_timer_at_its_due_time()
    {
        using var periodic = _time.CreateTimer(_ => _fired.Add(_time.GetUtcNow()), null, Minute, 2 * Minute);
        _time.Advance(4 * Minute);

        Assert.Equal([_wall + Minute, _wall + (3 * Minute)], _fired);
        Assert.Equal((_wall + (4 * Minute), 4 * Minute), (_time.GetUtcNow(), _time.GetElapsedTime(_monotonic)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_step_of_the_wall_clock_leaves_the_monotonic_clock_and_the_timers_alone(int hours)
    {
        using var timer = _time.CreateTimer(_ => _fired.Add(_time.GetUtcNow()), null, Minute, Timeout.InfiniteTimeSpan);
        _time.StepWall(TimeSpan.FromHours(hours));

        Assert.Empty(_fired);
        Assert.Equal((_wall.AddHours(hours), TimeSpan.Zero), (_time.GetUtcNow(), _time.GetElapsedTime(_monotonic)));

        _time.Advance(Minute);
        Assert.Equal([_wall.AddHours(hours) + Minute], _fired);
    }

    [Fact]
    public void While_the_machine_is_suspended_only_the_wall_clock_goes_on()
    {
        using var timer = _time.CreateTimer(_ => _fired.Add(_time.GetUtcNow()), null, Minute, Timeout.InfiniteTimeSpan);
        _time.Suspend(TimeSpan.FromHours(8));

        Assert.Empty(_fired);
        Assert.Equal((_wall.AddHours(8), TimeSpan.Zero), (_time.GetUtcNow(), _time.GetElapsedTime(_monotonic)));
    }

    [Fact]
    public async Task A_test_can_wait_for_a_timer_of_a_certain_length()
    {
        using var periodic = _time.CreateTimer(_ => { }, null, Minute, Minute);
        var waiting = _time.UntilSetAsync(Minute);
        Assert.False(waiting.IsCompleted);

        using var timer = _time.CreateTimer(_ => { }, null, Minute, Timeout.InfiniteTimeSpan);
        await waiting;
    }
}
