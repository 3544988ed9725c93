namespace ThrottleNet.MxNode.Listening;

/// <summary>Counts events, and says now and then how many there were, so that a flood of them is one line in the log.</summary>
internal sealed class Occasionally(TimeSpan interval, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long? _last;
    private long _count;

    /// <summary>Counts an event. Once an interval at most, returns the number of events since it last did; null in between.</summary>
    public long? Note()
    {
        lock (_lock)
        {
            _count++;
            var now = time.GetTimestamp();
            if (_last is { } last && time.GetElapsedTime(last, now) < interval)
            {
                return null;
            }

            (_last, var count, _count) = (now, _count, 0);
            return count;
        }
    }
}
