using ThrottleNet.Protocol.Blocks;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>All that is known of a host at one moment.</summary>
/// <param name="BadRecipients">The host's recipients that do not exist, as counts.</param>
internal readonly record struct Evidence(IpBlock Host, LadderCounts Ladder, BlockCounts BadRecipients)
{
    /// <summary>
    /// The part that may have a host refused, not only delayed. This node's own counts today; what enough separate
    /// operators report alike can be added here, and nowhere else.
    /// </summary>
    public Evidence Corroborated() => new(Host, Ladder.OwnOnly(), BadRecipients.OwnOnly());
}
