namespace ThrottleNet.Counting;

/// <summary>The limits of one address family's ladder, and how near a host is to them.</summary>
internal sealed class LadderLimits
{
    /// <summary>Units an hour; the host's soft limit, if that is more.</summary>
    private const float Floor = 4;

    /// <summary>An IPv6 site and region belong to one customer, so they get little more than its host.</summary>
    private const float SiteV6 = 2;
    private const float RegionV6 = 5;

    private readonly BlockLimits _host;
    private readonly BlockLimits _site;
    private readonly BlockLimits _region;

    private LadderLimits(BlockLimits host, BlockLimits site, BlockLimits region)
    {
        (_host, _site, _region) = (host, site, region);
        Least = Math.Min(host.Hard, Math.Max(Floor, host.Soft));
        SoftShare = host.Soft / host.Hard;
    }

    /// <summary>Units an hour that a host may send however its neighbours behave.</summary>
    public float Least { get; }

    /// <summary>The load from which a host is slowed.</summary>
    public float SoftShare { get; }

    /// <summary>Host, site and region.</summary>
    public IReadOnlyList<BlockLimits> Levels => [_host, _site, _region];

    public static LadderLimits ForIPv4(CountingLimits options) => new(options.Host, options.Site, options.Region);

    public static LadderLimits ForIPv6(CountingLimits options) =>
        new(options.Host, options.Host.Times(SiteV6), options.Host.Times(RegionV6));

    /// <summary>
    /// What the host may send an hour, its neighbours considered: L_host · min(1, 1/x_site) · min(1, 1/√x_region), and never
    /// under <see cref="Least"/>. So no behaviour of its neighbours has a host deferred whose rate stays under its soft limit. Together
    /// with what other nodes may invent of the host itself it could, but for what <see cref="Judge"/> asks for.
    /// </summary>
    /// <remarks>
    /// x of a site or region is the greater of rate/hard and day/day limit. A host's own mail counts in both up to its own
    /// limits; its excess does not, as it shows in the host's own load and would only be punished twice.
    /// </remarks>
    public float HostLimit(in LadderCounts ladder)
    {
        var excess = Math.Max(0, ladder.Host.PerHour - _host.Hard);
        var dayExcess = Math.Max(0, ladder.Host.PerDay - _host.Day);
        var site = Math.Max((ladder.Site.PerHour - excess) / _site.Hard, (ladder.Site.PerDay - dayExcess) / _site.Day);
        var region = Math.Max((ladder.Region.PerHour - excess) / _region.Hard, (ladder.Region.PerDay - dayExcess) / _region.Day);
        var pressure = Math.Max(1, site) * MathF.Sqrt(Math.Max(1, region));
        return Math.Max(Least, _host.Hard / pressure);
    }

    /// <summary>x of the fast count: rate over limit.</summary>
    public static float RateLoad(in BlockCounts host, float limit) => host.PerHour / limit;

    /// <summary>x of the slow count.</summary>
    public float DayLoad(in BlockCounts host) => host.PerDay / _host.Day;
}
