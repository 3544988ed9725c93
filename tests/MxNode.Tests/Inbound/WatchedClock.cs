using ThrottleNet.Tests;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>A clock that the test moves, and that tells when the node has come to a certain wait: it knows each timer by its length. Those that repeat are chores that nobody waits for.</summary>
internal sealed class WatchedClock : TimeProvider
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Lock _lock = new();
    private readonly HashSet<WatchedTimer> _set = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long TimestampFrequency => _clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => _clock.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

    public override long GetTimestamp() => _clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by) => _clock.Advance(by);

    /// <summary>Waits (in real time) until so many timers of that length run.</summary>
    public Task UntilSetAsync(TimeSpan length, int timers = 1) => UntilSetAsync(l => l == length, timers);

    public async Task UntilSetAsync(Func<TimeSpan, bool> length, int timers = 1)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_set.Count(timer => length(timer.Length)) >= timers)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    /// <summary>Waits for a timer of that length and lets its time pass.</summary>
    public async Task PassAsync(TimeSpan length)
    {
        await UntilSetAsync(length);
        Advance(length);
    }

    private void Note(WatchedTimer timer, bool runs)
    {
        lock (_lock)
        {
            _ = runs ? _set.Add(timer) : _set.Remove(timer);
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class WatchedTimer : ITimer
    {
        private readonly WatchedClock _owner;
        private readonly ITimer _timer;

        public WatchedTimer(WatchedClock owner, TimerCallback callback, object? state)
        {
            _owner = owner;
            _timer = owner._clock.CreateTimer(
                _ =>
                {
                    owner.Note(this, false);
                    callback(state);
                },
                null,
                Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan);
        }

        public TimeSpan Length { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Length = dueTime;
            var changed = _timer.Change(dueTime, period);
            _owner.Note(this, dueTime != Timeout.InfiniteTimeSpan && period <= TimeSpan.Zero);
            return changed;
        }

        public void Dispose()
        {
            _timer.Dispose();
            _owner.Note(this, false);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
