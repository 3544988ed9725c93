using ThrottleNet.Counting;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// Compares the wall clock with the monotonic clock every second. When they part (the clock was set, or the machine was suspended), it corrects the
/// exchange's time of day, and lets the counts decay over a step forward.
/// </summary>
internal sealed class ClockWatch(WallClock wall, CountingClock counting, CountingEngine engine, NodeHealth health, ILogger<ClockWatch> logger)
    : PeriodicService("clock comparison", Interval, health)
{
    /// <summary>Time between two comparisons.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override Task TickAsync(CancellationToken stopping)
    {
        Compare();
        return Task.CompletedTask;
    }

    private void Compare()
    {
        var step = wall.Compare();
        if (step == 0)
        {
            return;
        }

        logger.ClockStepped(TimeSpan.FromMilliseconds(Math.Abs(step)), step > 0 ? "ahead" : "back");
        if (step > 0)
        {
            var gap = counting.TakeStep(step);
            engine.Skip(counting.Now, gap);
            counting.Advance(gap);
        }
    }
}
