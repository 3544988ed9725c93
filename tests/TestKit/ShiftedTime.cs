namespace ThrottleNet.TestKit;

/// <summary>The system's clock with an offset that a test may change at any time. Its timers run in real time: it is for nodes that run in real time.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ticks;
    private long _wall;

    /// <summary>The offset of both the wall clock and the monotonic clock.</summary>
    public TimeSpan By
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _ticks));
        set => Volatile.Write(ref _ticks, value.Ticks);
    }

    /// <summary>The offset of the wall clock alone, on top of <see cref="By"/>: an NTP step, or a machine that was suspended.</summary>
    public TimeSpan Wall
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _wall));
        set => Volatile.Write(ref _wall, value.Ticks);
    }

    public override long TimestampFrequency => System.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By + Wall;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(By.TotalSeconds * TimestampFrequency);
}
