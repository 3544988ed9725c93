namespace ThrottleNet.Counting;

/// <summary>
/// Moments inside a row: tenths of a second since 1970 (UTC), modulo 2³¹. Outside rows a moment is a <c>long</c> of milliseconds since 1970.
/// A tenth of a second is 0.006 % of the shorter time constant. Differences are right up to ±3.4 years, longer than any row lives.
/// </summary>
internal static class Stamp
{
    public const int PerSecond = 10;

    /// <summary>The bits of a word that hold a stamp; the top bit is free for a flag.</summary>
    public const uint Mask = 0x7fff_ffff;

    // Stored snapshots and their rows count from the year 1.
    private const long UnixTenths = 621_355_968_000_000_000 / (TimeSpan.TicksPerSecond / PerSecond);
    private const long MillisecondsEach = 1000 / PerSecond;

    /// <summary>The stamp of a moment in milliseconds since 1970.</summary>
    public static uint Of(long milliseconds) => (uint)TenthsOf(milliseconds) & Mask;

    /// <summary>Tenths of a second since the year 1, as snapshot files store moments.</summary>
    public static long TenthsOf(long milliseconds) => UnixTenths + (milliseconds / MillisecondsEach);

    /// <summary>Milliseconds since 1970 of tenths of a second since the year 1.</summary>
    public static long MillisecondsOf(long tenths) => (tenths - UnixTenths) * MillisecondsEach;

    /// <summary>Tenths of a second from one stamp to another; negative when <paramref name="to"/> is the earlier one. The top bit of either is ignored.</summary>
    public static int Between(uint from, uint to) => (int)((to - from) << 1) >> 1;

    /// <summary>Tenths of a second in a time span.</summary>
    public static int Steps(TimeSpan span) => (int)(span.Ticks / (TimeSpan.TicksPerSecond / PerSecond));
}
