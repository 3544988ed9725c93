using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>What the ledger knows of a host block and the blocks around it; for <c>block ADDRESS</c>.</summary>
/// <param name="Levels">Host, site, region.</param>
/// <param name="BadRecipients">The host's recipients that do not exist, as counts.</param>
/// <param name="Limit">Units an hour the host may send, its neighbours considered.</param>
/// <param name="Load">x: how much of its limits the host uses; 1 is all.</param>
/// <param name="Verdict">What the next recipient would get.</param>
internal sealed record BlockReport(IReadOnlyList<LevelReport> Levels, BlockCounts BadRecipients, float Limit, float Load, Verdict Verdict)
{
    /// <summary>Who told of the host, most first; empty while they tell of little.</summary>
    public IReadOnlyList<Reporter> Reporters { get; init; } = [];
}

/// <summary>An operator whose nodes saw a host.</summary>
internal sealed record Reporter(string Operator, double PerHour);

/// <summary>One rung of the ladder.</summary>
internal sealed record LevelReport(IpBlock Block, BlockCounts Counts, BlockLimits Limits)
{
    /// <summary>Units an hour that this node saw.</summary>
    public float OwnPerHour => Counts.Own * Decay.FastPerHour;

    /// <summary>Units an hour that other nodes told of.</summary>
    public float OthersPerHour => Counts.Others * Decay.FastPerHour;

    /// <summary>Units a day, all nodes.</summary>
    public float PerDay => Counts.PerDay;
}
