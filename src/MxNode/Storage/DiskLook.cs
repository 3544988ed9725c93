namespace ThrottleNet.MxNode.Storage;

/// <summary>
/// Looks at files now and then, when somebody asks. The look runs on a <see cref="DiskThread"/>, one at a time. The asker waits for it a moment only, so that a
/// stalled disk keeps nobody waiting: the last look's result is used until the disk answers. Thread-safe.
/// </summary>
/// <param name="interval">The time between two looks.</param>
/// <param name="time">Measures it.</param>
/// <param name="look">Looks. It must not throw.</param>
internal sealed class DiskLook(TimeSpan interval, TimeProvider time, Action look)
{
    // A look usually takes less, so that already the first caller sees a change.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private long? _looked;

    /// <summary>Looks now, and waits until the look has ended.</summary>
    public void Now()
    {
        lock (_lock)
        {
            _looked = null;
        }

        // A look that is under way may have begun before the change.
        IfDue(toTheEnd: true);
        lock (_lock)
        {
            if (_looked is not null)
            {
                return;
            }
        }

        IfDue(toTheEnd: true);
    }

    /// <summary>Looks if that is due and no look is under way.</summary>
    /// <param name="toTheEnd">Waits until the look has ended: there is no result yet.</param>
    public void IfDue(bool toTheEnd = false)
    {
        Task running;
        lock (_lock)
        {
            var due = _looked is not { } looked || time.GetElapsedTime(looked) >= interval;
            if (_running.IsCompleted && due)
            {
                _looked = time.GetTimestamp();
                _running = DiskThread.RunAsync(look);
            }
            else if (!toTheEnd)
            {
                return;
            }

            running = _running;
        }

        running.Wait(toTheEnd ? Timeout.InfiniteTimeSpan : Patience);
    }
}
