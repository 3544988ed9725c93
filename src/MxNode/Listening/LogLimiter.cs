namespace ThrottleNet.MxNode.Listening;

/// <summary>Limits how often repeated events are logged: at most once an interval for each kind of event. Thread-safe.</summary>
/// <typeparam name="TKind">The events of one kind share a line in the log.</typeparam>
internal sealed class LogLimiter<TKind>(TimeSpan interval, TimeProvider time)
    where TKind : notnull
{
    /// <summary>The most kinds that are remembered. When one more comes, all are forgotten, so that peers cannot fill the memory.</summary>
    public const int MaxKinds = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<TKind, (long Logged, long Since)> _kinds = [];

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
                _kinds[kind] = state with { Since = state.Since + 1 };
                return null;
            }

            if (!known && _kinds.Count >= MaxKinds)
            {
                _kinds.Clear();
            }

            _kinds[kind] = (now, 0);
            return state.Since + 1;
        }
    }
}
