namespace ThrottleNet.Counting;

/// <summary>
/// The chances of a newcomer's attempt to pass, by what is counted of its site and its region. Sites and regions limit only newcomers: hosts
/// without standing. A chance is limit / rate, at most 1; that of the site times that of the region applies.
/// </summary>
/// <param name="Site">By newcomers' attempts in the site.</param>
/// <param name="Region">By newcomers' attempts in the region.</param>
/// <param name="WaitingSite">By waiting hosts' attempts in the site, of which a quarter of the limit is theirs.</param>
/// <param name="WaitingRegion">By waiting hosts' attempts in the region.</param>
internal readonly record struct Thinning(float Site, float Region, float WaitingSite, float WaitingRegion)
{
    /// <summary>Milliseconds. The reply asks a thinned sender to try again after this time. Each such time makes a new draw.</summary>
    public const long Round = 15 * 60 * 1000;

    /// <summary>A host waits from this time after it was first seen...</summary>
    public static readonly int WaitsAfter = Stamp.Steps(TimeSpan.FromHours(4));

    /// <summary>...while its slow count is below this.</summary>
    public const float WaitsBelow = 12;

    /// <summary>Units that a pass by waiting costs its host: so a host passes by it a few times a day.</summary>
    public const float WaitingCost = 4;

    /// <summary>Waiting hosts' share of a limit.</summary>
    private const float WaitingShare = 0.25f;

    /// <summary>The chances of a host with standing.</summary>
    public static Thinning None { get; } = new(1, 1, 1, 1);

    /// <summary>The chance by the newcomers' counts.</summary>
    public float Newcomer => Site * Region;

    /// <summary>The chance by the waiting hosts' counts.</summary>
    public float Waiting => WaitingSite * WaitingRegion;

    /// <param name="siteLimit">Newcomers' attempts an hour in a site.</param>
    /// <param name="regionLimit">Newcomers' attempts an hour in a region.</param>
    public static Thinning Of(in AreaCounts site, in AreaCounts region, float siteLimit, float regionLimit)
    {
        var inSite = Math.Max(siteLimit, site.StandingPerHour);
        var inRegion = Math.Max(regionLimit, region.StandingPerHour);
        return new Thinning(
            Chance(inSite, site.NewcomersPerHour),
            Chance(inRegion, region.NewcomersPerHour),
            Chance(inSite * WaitingShare, site.Waiting * Decay.FastPerHour),
            Chance(inRegion * WaitingShare, region.Waiting * Decay.FastPerHour));
    }

    /// <summary>Whether the chances by these counts of a site or region are 1, however many attempts of hosts with standing raise its limit.</summary>
    public static bool IsUnder(float limit, in AreaCounts counts) => counts.NewcomersPerHour <= limit && counts.Waiting * Decay.FastPerHour <= limit * WaitingShare;

    private static float Chance(float limit, float rate) => rate > limit ? limit / rate : 1;
}
