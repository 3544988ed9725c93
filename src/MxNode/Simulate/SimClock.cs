namespace ThrottleNet.MxNode.Simulate;

/// <summary>A simulated node's clock: the true time plus the node's skew.</summary>
internal sealed class SimClock(SimNetwork network) : TimeProvider
{
    private const int PerSecond = 1000;

    /// <summary>Milliseconds that the clock is ahead; to be set before anything is counted by it.</summary>
    public int Skew { get; set; }

    /// <summary>Milliseconds by which its time of day is off besides: it may change at any time, as when a system's clock is set.</summary>
    public long Step { get; set; }

    /// <summary>Milliseconds since 1970.</summary>
    public long Now => network.Now + Skew;

    public override long TimestampFrequency => PerSecond;

    public override long GetTimestamp() => Now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Now + Step);
}
