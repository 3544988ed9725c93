using System.Threading.RateLimiting;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Help;

/// <summary>Bounds how often the help page answers: in all, and each host. Hosts share a fixed number of places, so memory is bounded too.</summary>
internal sealed class HelpLimits : IDisposable
{
    /// <summary>Pages a second, to all hosts.</summary>
    public const int InAll = 50;

    /// <summary>Pages a minute, to one host.</summary>
    public const int Each = 30;

    private const int Places = 1024;

    private readonly PartitionedRateLimiter<IpBlock> _each = PartitionedRateLimiter.Create<IpBlock, int>(host =>
        RateLimitPartition.GetFixedWindowLimiter((int)((uint)host.GetHashCode() % Places), _ => Window(Each, TimeSpan.FromMinutes(1))));

    private readonly FixedWindowRateLimiter _all = new(Window(InAll, TimeSpan.FromSeconds(1)));

    /// <summary>Whether a host may have a page now.</summary>
    public bool Allows(IpBlock host)
    {
        using var each = _each.AttemptAcquire(host);
        if (!each.IsAcquired)
        {
            return false;
        }

        using var all = _all.AttemptAcquire();
        return all.IsAcquired;
    }

    public void Dispose()
    {
        _each.Dispose();
        _all.Dispose();
    }

    private static FixedWindowRateLimiterOptions Window(int permits, TimeSpan time) => new() { PermitLimit = permits, Window = time, QueueLimit = 0 };
}
