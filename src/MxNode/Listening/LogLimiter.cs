namespace ThrottleNet.MxNode.Listening;

/// <summary>Limits how often repeated events are logged: a number of lines an interval for each kind of event. Thread-safe.</summary>
/// <typeparam name="TKind">The events of one kind share a line in the log.</typeparam>
/// <param name="interval">The time after which a kind is logged again.</param>
/// <param name="time">Measures it.</param>
/// <param name="lines">The lines of one kind in an interval.</param>
internal sealed class LogLimiter<TKind>(TimeSpan interval, TimeProvider time, int lines = 1)
    where TKind : notnull
{
    /// <summary>The most kinds that are told apart in an interval. Further kinds are not logged in it, so that peers can fill neither the memory nor the log.</summary>
    public const int MaxKinds = 1024;

    private readonly Lock _lock = new();
    private long? _forgot;
    private readonly Dictionary<TKind, (long Logged, int Lines, long Since)> _kinds = [];

    /// <summary>Counts an event.</summary>
    /// <returns>If it must be logged: the number of events of this kind since the last line, this one included. Otherwise null.</returns>
    public long? Count(TKind kind)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var known = _kinds.TryGetValue(kind, out var state);
            if (known && time.GetElapsedTime(state.Logged, now) < interval)
            {
                var isLine = state.Lines < lines;
                _kinds[kind] = isLine ? (state.Logged, state.Lines + 1, 0) : state with { Since = state.Since + 1 };
                return isLine ? 1 : null;
            }

            if (!known && _kinds.Count >= MaxKinds && !ForgetOld(now))
            {
                return null;
            }

            _kinds[kind] = (now, 1, 0);
            return state.Since + 1;
        }
    }

    // Needs the lock. Looks through all kinds at most once an interval.
    private bool ForgetOld(long now)
    {
        if (_forgot is { } forgot && time.GetElapsedTime(forgot, now) < interval)
        {
            return false;
        }

        _forgot = now;
        foreach (var kind in _kinds.Where(pair => time.GetElapsedTime(pair.Value.Logged, now) >= interval).Select(pair => pair.Key).ToList())
        {
            _kinds.Remove(kind);
        }

        return _kinds.Count < MaxKinds;
    }
}
