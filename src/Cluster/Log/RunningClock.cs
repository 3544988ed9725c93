namespace ThrottleNet.Cluster.Log;

/// <summary>
/// Milliseconds for which this process ran. A process that was paused must not conclude that all others were silent, so a gap between
/// two ticks counts as one second at most.
/// </summary>
/// <param name="now">The time of day, milliseconds.</param>
/// <param name="ran">Milliseconds for which it ran before, at another host.</param>
internal sealed class RunningClock(long now, long ran = 0)
{
    private const int MaxStep = 1000;

    private long _last = now;

    public long Now { get; private set; } = ran;

    public void Advance(long now)
    {
        Now += Math.Clamp(now - _last, 0, MaxStep);
        _last = Math.Max(_last, now);
    }
}
