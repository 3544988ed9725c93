using ThrottleNet.Protocol.Blocks;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>All that is known of a host at one moment.</summary>
/// <param name="BadRecipients">The host's recipients that do not exist, as counts.</param>
internal readonly record struct Evidence(IpBlock Host, LadderCounts Ladder, BlockCounts BadRecipients)
{
    /// <summary>
    /// The part that may have a host refused, not only delayed: this node's own counts, and of the others' those that
    /// <see cref="NetworkCounts"/> found proven.
    /// </summary>
    public Evidence Corroborated() => new(Host, Ladder.Corroborated(), BadRecipients.Corroborated());
}
