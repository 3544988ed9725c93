namespace ThrottleNet.MxNode.Exchange;

/// <summary>Milliseconds since 1970: the time of day at start and what has passed since, so that a correction of the system's clock moves no batch.</summary>
internal sealed class ExchangeClock(TimeProvider time)
{
    private readonly long _start = time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly long _startTimestamp = time.GetTimestamp();

    public long Now => _start + (long)time.GetElapsedTime(_startTimestamp).TotalMilliseconds;
}
