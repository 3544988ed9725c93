namespace ThrottleNet.TestKit;

/// <summary>
/// A clock that moves only when the test moves it. The wall clock (<see cref="GetUtcNow"/>) and the monotonic clock
/// (<see cref="GetTimestamp"/> and all timers) are separate, as they are on a real machine. A timer that comes due fires on
/// the thread that moves the clock, in order of due time.
/// </summary>
internal sealed class FakeTimeProvider : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private TaskCompletionSource _timerSet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _set;
    private DateTimeOffset _wall = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Far from the wall clock's ticks, so that code that mixes up the two clocks fails its tests.
    private TimeSpan _monotonic = TimeSpan.FromDays(100);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>The number of timers that wait to fire, periodic ones included.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _wall;
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _monotonic.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets time pass: moves both clocks and fires each timer at its due time.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan until;
        lock (_lock)
        {
            until = _monotonic + by;
        }

        while (NextDue(until) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Sets the wall clock forward or back, as an NTP step or an operator does. The monotonic clock and the timers go on as before.</summary>
    public void StepWall(TimeSpan by)
    {
        lock (_lock)
        {
            _wall += by;
        }
    }

    /// <summary>
    /// Suspends the machine. On Linux the monotonic clock and the timers stand still meanwhile; the wall clock is ahead when the
    /// machine wakes up.
    /// </summary>
    public void Suspend(TimeSpan length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, TimeSpan.Zero);
        StepWall(length);
    }

    /// <summary>Waits (in real time) until at least this many timers wait to fire, which shows that the code under test has reached its delay.</summary>
    public Task UntilWaitingAsync(int timers = 1) => UntilAsync(() => _timers.Count >= timers);

    /// <summary>Waits (in real time) until timers have been set this many times in all, counting each time that a timer was set again.</summary>
    public Task UntilSetAsync(int times) => UntilAsync(() => _set >= times);

    /// <summary>Waits (in real time) until this many one-shot timers wait that were set to that length. Periodic timers do not count.</summary>
    public Task UntilSetAsync(TimeSpan length, int timers = 1) => UntilSetAsync(l => l == length, timers);

    /// <inheritdoc cref="UntilSetAsync(TimeSpan, int)"/>
    public Task UntilSetAsync(Func<TimeSpan, bool> length, int timers = 1) =>
        UntilAsync(() => _timers.Count(t => t.Period <= TimeSpan.Zero && length(t.Length)) >= timers);

    /// <summary>Waits for a timer of that length and lets that much time pass.</summary>
    public async Task PassAsync(TimeSpan length)
    {
        await UntilSetAsync(length);
        Advance(length);
    }

    // Moves the clocks to the next timer that is due, or to the end.
    private FakeTimer? NextDue(TimeSpan until)
    {
        lock (_lock)
        {
            var next = _timers.Where(t => t.Due <= until).MinBy(t => t.Due);
            var at = next?.Due ?? until;
            if (at > _monotonic)
            {
                _wall += at - _monotonic;
                _monotonic = at;
            }

            if (next is null)
            {
                return null;
            }

            _timers.Remove(next);
            if (next.Period > TimeSpan.Zero)
            {
                next.Due += next.Period;
                _timers.Add(next);
            }

            return next;
        }
    }

    private async Task UntilAsync(Func<bool> reached)
    {
        while (true)
        {
            Task set;
            lock (_lock)
            {
                if (reached())
                {
                    return;
                }

                set = _timerSet.Task;
            }

            await set.WaitAsync(Patience);
        }
    }

    private sealed class FakeTimer(FakeTimeProvider clock, Action fire) : ITimer
    {
        /// <summary>By the monotonic clock.</summary>
        public TimeSpan Due { get; set; }

        /// <summary>The due time as it was asked for.</summary>
        public TimeSpan Length { get; private set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                (Length, Period) = (dueTime, period);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = clock._monotonic + dueTime;
                    clock._timers.Add(this);
                    clock._set++;
                    clock._timerSet.SetResult();
                    clock._timerSet = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
