namespace ThrottleNet.MxNode.Exchange;

/// <summary>Milliseconds since 1970: the time of day at the start plus the time that has passed since, so that a step of the system's clock does not move the times of batches.</summary>
internal sealed class ExchangeClock(TimeProvider time)
{
    private readonly long _start = time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly long _startTimestamp = time.GetTimestamp();

    public long Now => _start + (long)time.GetElapsedTime(_startTimestamp).TotalMilliseconds;
}
