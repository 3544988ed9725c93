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
    private DateTimeOffset _since;
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
            if (_reason is null)
            {
                _since = time.GetUtcNow();
            }

            var isNew = _reason != reason;
            _reason = reason;
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
