namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// The present for counting, in milliseconds since 1970. It never goes back, so that counts go on decaying when the system's clock is set back.
/// It goes forward with a step of the wall clock, because a suspended machine looks like that. Thread-safe.
/// </summary>
internal sealed class CountingClock
{
    private readonly TimeProvider _time;
    private readonly long _startTimestamp;
    private readonly double _milliseconds;
    private long _start;
    private long _lead;

    public CountingClock(TimeProvider time)
    {
        _time = time == TimeProvider.System ? new TickTime() : time;
        _startTimestamp = _time.GetTimestamp();
        _milliseconds = 1000.0 / _time.TimestampFrequency;
        _start = _time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    public long Now => Volatile.Read(ref _start) + (long)((_time.GetTimestamp() - _startTimestamp) * _milliseconds);

    /// <summary>
    /// Continues from the moment at which the counts were stored, if the wall clock is earlier: at the start of a machine without a battery-backed
    /// clock the time of day is not known yet. Called before anything is counted.
    /// </summary>
    /// <param name="stored">Milliseconds since 1970.</param>
    /// <returns>The present.</returns>
    public long ContinueFrom(long stored)
    {
        if (stored - Now is > 0 and var lead)
        {
            _lead += lead;
            Volatile.Write(ref _start, _start + lead);
        }

        return Now;
    }

    /// <summary>
    /// The part of a forward step of the wall clock in which counts decay: not the part by which this clock was ahead of the wall clock at the start.
    /// Called by one thread at a time, before <see cref="Advance"/>.
    /// </summary>
    /// <param name="step">Milliseconds.</param>
    public long TakeStep(long step)
    {
        var covered = Math.Min(step, _lead);
        _lead -= covered;
        return step - covered;
    }

    /// <summary>Goes forward at once.</summary>
    /// <param name="by">Milliseconds, as <see cref="TakeStep"/> gave them.</param>
    public void Advance(long by) => Volatile.Write(ref _start, _start + by);

    // The system's time, whose timestamps are some milliseconds apart and cost a third of those of TimeProvider.System. Each decision reads two.
    private sealed class TickTime : TimeProvider
    {
        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Environment.TickCount64;
    }
}
