namespace ThrottleNet.MxNode.Telemetry;

/// <summary>
/// Whether a part of the node that mail does not depend on works, and when a failed attempt is repeated: after a pause that doubles
/// with each failure. Thread-safe.
/// </summary>
/// <param name="component">The component's name, as <c>status</c> shows it.</param>
/// <param name="firstPause">The pause after the first failure.</param>
/// <param name="longestPause">The longest pause.</param>
/// <param name="time">Measures the pauses.</param>
internal sealed class ComponentHealth(string component, TimeSpan firstPause, TimeSpan longestPause, TimeProvider time)
{
    private readonly Lock _lock = new();
    private string? _reason;
    private string? _lastReason;
    private DateTimeOffset _since;
    private DateTimeOffset _last;
    private TimeSpan _pause;
    private long _failedAt;

    public bool IsFailing
    {
        get
        {
            lock (_lock)
            {
                return _reason is not null;
            }
        }
    }

    /// <summary>Whether an attempt may be made: the last one did not fail, or its pause is over.</summary>
    public bool IsDue
    {
        get
        {
            lock (_lock)
            {
                return _reason is null || time.GetElapsedTime(_failedAt) >= _pause;
            }
        }
    }

    /// <summary>The pause after the last attempt, which failed; zero while it works.</summary>
    public TimeSpan Pause
    {
        get
        {
            lock (_lock)
            {
                return _pause;
            }
        }
    }

    /// <summary>The fault, or null while it works.</summary>
    public ComponentFault? Fault
    {
        get
        {
            lock (_lock)
            {
                return _reason is null ? null : new ComponentFault(component, _reason, _since, time.GetUtcNow() + (_pause - time.GetElapsedTime(_failedAt)));
            }
        }
    }

    /// <summary>Whether it works, and its last failure.</summary>
    public ComponentState State
    {
        get
        {
            lock (_lock)
            {
                return new ComponentState(component, _reason is null, _lastReason, _lastReason is null ? null : _last);
            }
        }
    }

    /// <summary>Notes that an attempt succeeded.</summary>
    /// <returns>Whether it was failing before.</returns>
    public bool Worked()
    {
        lock (_lock)
        {
            var wasFailing = _reason is not null;
            (_reason, _pause) = (null, TimeSpan.Zero);
            return wasFailing;
        }
    }

    /// <summary>Notes that an attempt failed.</summary>
    /// <returns>Whether the reason is new, so that it should be logged.</returns>
    public bool Failed(string reason)
    {
        lock (_lock)
        {
            _last = time.GetUtcNow();
            if (_reason is null)
            {
                _since = _last;
            }

            var isNew = _reason != reason;
            (_reason, _lastReason) = (reason, reason);
            _pause = _pause == TimeSpan.Zero ? firstPause : _pause * 2 < longestPause ? _pause * 2 : longestPause;
            _failedAt = time.GetTimestamp();
            return isNew;
        }
    }
}

/// <summary>A component that does not work.</summary>
/// <param name="Component">The component's name.</param>
/// <param name="Reason">Why the last attempt failed.</param>
/// <param name="Since">When the first failed attempt was.</param>
/// <param name="NextAttempt">When it is tried again.</param>
internal sealed record ComponentFault(string Component, string Reason, DateTimeOffset Since, DateTimeOffset NextAttempt);

/// <summary>A component, and its last failure since the node started.</summary>
/// <param name="Component">The component's name.</param>
/// <param name="Works">Whether its last attempt succeeded.</param>
/// <param name="LastFailure">Why its last failed attempt failed; null: none did.</param>
/// <param name="FailedAt">When that was.</param>
internal sealed record ComponentState(string Component, bool Works, string? LastFailure, DateTimeOffset? FailedAt);
