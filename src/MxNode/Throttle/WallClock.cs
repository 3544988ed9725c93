namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// The node's steady time for the exchange, in milliseconds. <see cref="Steady"/> passes evenly and never steps. Together with <see cref="Offset"/> it is the
/// time of day in milliseconds since 1970; the offset is corrected when the system's clock was set or the machine was suspended. Thread-safe.
/// </summary>
internal sealed class WallClock(TimeProvider time)
{
    /// <summary>A difference of more than this between the wall clock and the monotonic clock is a step.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    private readonly long _start = time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly long _startTimestamp = time.GetTimestamp();
    private long _offset;

    /// <summary>The time of day at the start plus the time that has passed since, by the monotonic clock.</summary>
    public long Steady => _start + (long)time.GetElapsedTime(_startTimestamp).TotalMilliseconds;

    /// <summary>Milliseconds from <see cref="Steady"/> to the time of day.</summary>
    public long Offset => Volatile.Read(ref _offset);

    /// <summary>
    /// Compares the wall clock with the monotonic clock, and corrects <see cref="Offset"/> if they differ by more than <see cref="Tolerance"/>.
    /// Called by one thread at a time.
    /// </summary>
    /// <returns>Milliseconds by which the wall clock has stepped, negative for a step back; 0: it has not.</returns>
    public long Compare()
    {
        var step = time.GetUtcNow().ToUnixTimeMilliseconds() - Steady - Offset;
        if (Math.Abs(step) <= (long)Tolerance.TotalMilliseconds)
        {
            return 0;
        }

        Volatile.Write(ref _offset, Offset + step);
        return step;
    }
}
