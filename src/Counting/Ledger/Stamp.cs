namespace ThrottleNet.Counting;

/// <summary>
/// Moments as the ledger stores them: UTC in tenths of a second, modulo 2³¹. A tenth of a second is 0.006 % of the
/// shorter time constant, and differences are right up to ±3.4 years, far beyond the life of a row.
/// </summary>
internal static class Stamp
{
    public const int PerSecond = 10;

    /// <summary>The bits of a word that hold a stamp.</summary>
    public const uint Mask = 0x7fff_ffff;

    /// <summary>Tenths of a second, UTC, without end.</summary>
    public static long Tenths(DateTimeOffset when) => when.UtcTicks / (TimeSpan.TicksPerSecond / PerSecond);

    /// <summary>The stamp of a moment in tenths of a second.</summary>
    public static uint Of(long tenths) => (uint)tenths & Mask;

    /// <summary>Tenths of a second from one stamp to another, negative when <paramref name="to"/> is the earlier one.</summary>
    /// <remarks>The top bit of either word is not looked at, so that a row can keep a flag there.</remarks>
    public static int Between(uint from, uint to) => (int)((to - from) << 1) >> 1;
}
