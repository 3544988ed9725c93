using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>The evidence about a host at one moment.</summary>
/// <param name="Counts">The host's attempts.</param>
/// <param name="BadRecipients">The host's recipients that do not exist, as counts.</param>
/// <param name="Neighbourhood">The host's age and standing, and the blocks around it.</param>
/// <param name="OthersMayLie">There are enough other operators that some of them may lie.</param>
internal readonly record struct Evidence(
    IpBlock Host, BlockCounts Counts, BlockCounts BadRecipients, Neighbourhood Neighbourhood, bool OthersMayLie = false)
{
    /// <inheritdoc cref="BlockCounts.Evident"/>
    public Evidence Evident() => this with { Counts = Counts.Evident(), BadRecipients = BadRecipients.Evident() };
}
