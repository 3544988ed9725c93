namespace ThrottleNet.Counting;

/// <summary>
/// When a host gets standing: a week after it was first seen, if it did not go far over its limit since, and if a promotion is free in its site and
/// its region. Without the caps a sender could age all addresses of a block, and then send from them at once.
/// </summary>
internal static class Promotions
{
    /// <summary>Promotions a day in a site.</summary>
    private const float PerSite = 8;

    /// <summary>Promotions a day in an IPv4 region, and...</summary>
    private const float PerRegion = 256;

    /// <summary>...in an IPv6 region.</summary>
    private const float PerRegionV6 = 32;

    /// <summary>The age at which a host may get standing, in tenths of a second.</summary>
    public static readonly int Age = Stamp.Steps(TimeSpan.FromDays(7));

    public static bool IsFree(in AreaCounts site, in AreaCounts region, bool isIPv4) =>
        site.PromotedPerDay < PerSite && region.PromotedPerDay < (isIPv4 ? PerRegion : PerRegionV6);
}
