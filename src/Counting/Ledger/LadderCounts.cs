namespace ThrottleNet.Counting;

/// <summary>The counts of a host block and of the blocks around it, at one moment.</summary>
internal readonly record struct LadderCounts(BlockCounts Host, BlockCounts Site, BlockCounts Region)
{
    /// <inheritdoc cref="BlockCounts.Corroborated"/>
    public LadderCounts Corroborated() => new(Host.Corroborated(), Site.Corroborated(), Region.Corroborated());
}
