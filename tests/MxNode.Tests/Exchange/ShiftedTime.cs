namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>The system's clock, put forward; its timers run as ever.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ticks;

    /// <summary>May be changed while it is used.</summary>
    public TimeSpan By
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _ticks));
        set => Volatile.Write(ref _ticks, value.Ticks);
    }

    public override long TimestampFrequency => System.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(By.TotalSeconds * TimestampFrequency);
}
