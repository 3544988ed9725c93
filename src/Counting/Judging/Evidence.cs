using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>All that is known of a host at one moment.</summary>
/// <param name="BadRecipients">The host's recipients that do not exist, as counts.</param>
/// <param name="OthersMayLie">There are so many other operators that some of them have to be feared.</param>
internal readonly record struct Evidence(IpBlock Host, LadderCounts Ladder, BlockCounts BadRecipients, bool OthersMayLie = false)
{
    /// <summary>
    /// The part that may have a host refused, not only delayed: this node's own counts, and of the others' those that
    /// <see cref="NetworkCounts"/> found proven.
    /// </summary>
    public Evidence Corroborated() => new(Host, Ladder.Corroborated(), BadRecipients.Corroborated(), OthersMayLie);
}
