namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// The present for counting: the time of day at start plus the time that has passed since, so that a correction of the system's clock
/// neither freezes the counts nor wipes them.
/// </summary>
internal sealed class CountingClock(TimeProvider time)
{
    private readonly long _start = time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly long _startTimestamp = time.GetTimestamp();

    /// <summary>Milliseconds since 1970.</summary>
    public long Now => _start + (long)time.GetElapsedTime(_startTimestamp).TotalMilliseconds;
}
