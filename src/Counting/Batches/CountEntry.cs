using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Batches;

/// <summary>The count of one host block in a batch, in quarters of a unit; <see cref="Supplement"/> says what the quarters mean.</summary>
/// <param name="Key">The key of a host block, <see cref="IpBlock.Key"/>.</param>
/// <param name="Quarters">1 to <see cref="MaxQuarters"/>.</param>
public readonly record struct CountEntry(ulong Key, uint Quarters)
{
    /// <summary>Quarters in one unit (one recipient attempted).</summary>
    public const uint PerUnit = 4;

    /// <summary>A million units in one batch: no host sends that in a second, and no sum of such entries overflows.</summary>
    public const uint MaxQuarters = 4_000_000;

    public IpBlock Host => new(Key, BlockLevel.Host);

    public double Units => Quarters / (double)PerUnit;

    /// <summary>The key's place in the order of the wire: IPv4 is 0 to 2^32 - 1, then comes IPv6; keys below 00ff:: wrap to the end.</summary>
    internal ulong Code => ToCode(Key);

    internal static ulong ToCode(ulong key) => unchecked(key - 0x00ff_0000_0000_0000);

    internal static ulong ToKey(ulong code) => unchecked(code + 0x00ff_0000_0000_0000);
}
