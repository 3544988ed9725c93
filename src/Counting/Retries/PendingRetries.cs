namespace ThrottleNet.Counting;

/// <summary>
/// Patient retries of the last seconds, by host. Their hosts are charged only when they pass, so nodes that judge some at the same moment would each see
/// room for all of them. Each node therefore passes one with the chance room / (retries pending anywhere). Two generations, so memory is bounded
/// by the rate of retries. Thread-safe.
/// </summary>
internal sealed class PendingRetries
{
    // Longer than a hold and the time that batches take.
    private const long Generation = 10_000;
    private const int MaxHosts = 100_000;

    private readonly Lock _lock = new();
    private Dictionary<ulong, (float Own, float Others)> _current = [];
    private Dictionary<ulong, (float Own, float Others)> _last = [];
    private long _began;

    /// <summary>Notes retries of a host.</summary>
    /// <param name="key">The key of the host block.</param>
    public void Note(ulong key, float own, float others, long now)
    {
        lock (_lock)
        {
            Turn(now);
            var known = _current.GetValueOrDefault(key);
            if (known != default || _current.Count < MaxHosts)
            {
                _current[key] = (known.Own + own, known.Others + others);
            }
        }
    }

    /// <summary>The number that a draw is to stay below: 1 if no other node has a retry of this host pending.</summary>
    /// <param name="room">Units until the host's retries are deferred.</param>
    public float ChanceOf(ulong key, float room, long now)
    {
        lock (_lock)
        {
            Turn(now);
            var (current, last) = (_current.GetValueOrDefault(key), _last.GetValueOrDefault(key));
            var others = current.Others + last.Others;
            return others > 0 ? Math.Max(0, room) / (others + current.Own + last.Own) : 1;
        }
    }

    private void Turn(long now)
    {
        if (now - _began < Generation && now >= _began)
        {
            return;
        }

        (_last, _current) = (now - _began < 2 * Generation && now >= _began ? _current : [], []);
        _began = now;
    }
}
