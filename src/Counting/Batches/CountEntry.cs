using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Batches;

/// <summary>How much one host block did. Counts travel in quarters of a unit, so that a retry (0.25) is exact.</summary>
/// <param name="Key">The key of a host block, <see cref="IpBlock.Key"/>.</param>
/// <param name="Quarters">1 to <see cref="MaxQuarters"/>.</param>
public readonly record struct CountEntry(ulong Key, uint Quarters)
{
    /// <summary>Quarters in one unit (one recipient attempted).</summary>
    public const uint PerUnit = 4;

    /// <summary>A million units in one batch: no host does that in a second, and no sum of such entries overflows.</summary>
    public const uint MaxQuarters = 4_000_000;

    public IpBlock Host => new(Key, BlockLevel.Host);

    public double Units => Quarters / (double)PerUnit;

    /// <summary>Keys in the order of the wire: IPv4 as 0 to 2^32 - 1, then IPv6 (below 00ff:: wraps to the end).</summary>
    internal ulong Code => ToCode(Key);

    internal static ulong ToCode(ulong key) => unchecked(key - 0x00ff_0000_0000_0000);

    internal static ulong ToKey(ulong code) => unchecked(code + 0x00ff_0000_0000_0000);
}
