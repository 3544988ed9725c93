using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>What a verdict on a host rests on, at one moment.</summary>
/// <param name="Counts">The host's attempts.</param>
/// <param name="BadRecipients">The host's recipients that do not exist, as counts.</param>
/// <param name="Thinning">The chances of its next attempt; all 1 with standing. Null if they were not asked for, as hardly an attempt of a host over its limit depends on them.</param>
/// <param name="OthersMayLie">There are enough other operators that some of them may lie.</param>
internal readonly record struct Evidence(
    IpBlock Host, BlockCounts Counts, BlockCounts BadRecipients, Thinning? Thinning, bool OthersMayLie = false)
{
    /// <summary>The host's messages that content filters refused, as counts.</summary>
    public BlockCounts ContentRejects { get; init; }
}
