using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>What the node knows of a host and of the blocks around it; for <c>block ADDRESS</c>.</summary>
/// <param name="Host">The host block.</param>
/// <param name="Counts">The host's attempts.</param>
/// <param name="Limits">The host's limits.</param>
/// <param name="BadRecipients">The host's recipients that do not exist, as counts.</param>
/// <param name="Load">x: the share of its limit an hour or a day that the host uses, whichever is greater.</param>
/// <param name="Verdict">The verdict that the next recipient would get.</param>
public sealed record BlockReport(IpBlock Host, BlockCounts Counts, BlockLimits Limits, BlockCounts BadRecipients, float Load, Verdict Verdict)
{
    /// <summary>How many further recipients would be within the host's limits now, if the limits of newcomers let them pass.</summary>
    public int Left { get; init; }

    /// <summary>The host's messages that content filters refused, as counts.</summary>
    public BlockCounts ContentRejects { get; init; }

    /// <summary>The time since the host was first seen, or last went far over its limit; zero for a host never seen, or seen just now.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>The host is no newcomer: its site and region do not limit it.</summary>
    public bool Standing { get; init; }

    /// <summary>Site, then region.</summary>
    public IReadOnlyList<AreaReport> Areas { get; init; } = [];

    /// <summary>p: the chance of the host's next attempt to be drawn; 1 with standing.</summary>
    public float Chance { get; init; } = 1;

    /// <summary>The operators that reported the host, most first; empty while they report little.</summary>
    public IReadOnlyList<Reporter> Reporters { get; init; } = [];
}
