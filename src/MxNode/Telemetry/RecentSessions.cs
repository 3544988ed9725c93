namespace ThrottleNet.MxNode.Telemetry;

/// <summary>
/// The last sessions, for the dashboard. Bounded: <see cref="Capacity"/> sessions, whose texts have at most 100 characters each. Thread-safe.
/// </summary>
internal sealed class RecentSessions
{
    public const int Capacity = 1000;

    private readonly RecentSession?[] _ring = new RecentSession?[Capacity];
    private readonly Lock _lock = new();
    private long _count;

    /// <summary>Adds a session; the oldest gives way.</summary>
    public void Add(RecentSession session)
    {
        lock (_lock)
        {
            _ring[_count++ % Capacity] = session;
        }
    }

    /// <summary>The sessions, the latest first.</summary>
    public IReadOnlyList<RecentSession> Latest()
    {
        lock (_lock)
        {
            var kept = (int)Math.Min(_count, Capacity);
            return [.. Enumerable.Range(1, kept).Select(back => _ring[(_count - back) % Capacity]!)];
        }
    }
}
