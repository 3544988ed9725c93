using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Dashboard.Data;

/// <summary>The hosts with the highest rates. To find them, every row of the ledger is visited, so the answer is kept for some seconds. Thread-safe.</summary>
internal sealed class HotBlocks(CountingEngine engine, NodeThrottle throttle, CountingClock clock, TimeProvider time)
{
    /// <summary>Hosts in the answer.</summary>
    public const int Most = 50;

    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private IReadOnlyList<BlockReport>? _reports;
    private long _readAt;

    /// <summary>The hosts that sent within the last hours, the highest rate first.</summary>
    public IReadOnlyList<BlockReport> Read()
    {
        lock (_lock)
        {
            if (_reports is null || time.GetElapsedTime(_readAt) >= MaxAge)
            {
                (_reports, _readAt) = (Find(), time.GetTimestamp());
            }

            return _reports;
        }
    }

    // Rows of trusted quotas are among the hottest too, and are left out.
    private IReadOnlyList<BlockReport> Find() =>
    [
        .. engine.Hottest(2 * Most, clock.Now)
            .Select(key => new IpBlock(key, BlockLevel.Host))
            .Where(block => !block.IsQuota && !block.IsSupplement)
            .Select(throttle.Describe)
            .Where(report => report.Counts.PerDay > 0.5)
            .OrderByDescending(report => report.Counts.PerHour)
            .Take(Most),
    ];
}
