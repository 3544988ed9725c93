using ThrottleNet.Counting;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>The limits of person-rate mail, and what the throttle may cost. Section <c>Throttle</c>.</summary>
internal sealed record ThrottleOptions
{
    private static readonly BlockLimits DefaultSite = new() { Soft = 25, Hard = CountingLimits.Default.SitePerHour, Day = 750 };
    private static readonly BlockLimits DefaultRegion = new() { Soft = 250, Hard = CountingLimits.Default.RegionPerHour, Day = 10000 };

    /// <summary>How long an attempt waits for the network's counts: the batch interval and the time until 99 % of the nodes have the batch.</summary>
    public TimeSpan Hold { get; init; } = CountingLimits.Default.Hold;

    /// <summary>
    /// The longest a slowed recipient waits, hold included. Senders give an answer to RCPT five minutes (RFC 5321, section
    /// 4.5.3.2); 90 s is long enough to hurt a spammer, and short enough for impatient software.
    /// </summary>
    [Reloadable]
    public TimeSpan MaxDelay { get; init; } = CountingLimits.Default.MaxDelay;

    /// <summary>One sender's machine (IPv4 /32, IPv6 /64): a busy person, or a family. Hosts are held to these limits.</summary>
    [Reloadable]
    public BlockLimits Host { get; init; } = CountingLimits.Default.Host;

    /// <summary>IPv4 /24, IPv6 /48. <c>Hard</c> is how many attempts an hour its newcomers share; <c>Soft</c> and <c>Day</c> have no effect.</summary>
    [Reloadable]
    public BlockLimits Site { get; init; } = DefaultSite;

    /// <summary>IPv4 /16, IPv6 /32, likewise.</summary>
    [Reloadable]
    public BlockLimits Region { get; init; } = DefaultRegion;

    /// <summary>
    /// How long the node's memory of hosts is too young to tell newcomers from others. Meanwhile a site may send ten times its limit, and a region forty times.
    /// 0 limits newcomers from the start.
    /// </summary>
    public TimeSpan WarmUp { get; init; } = CountingLimits.Default.WarmUp;

    /// <summary>Unknown recipients an hour from which a host counts as guessing addresses: far more than typing errors.</summary>
    [Reloadable]
    public float BadRecipients { get; init; } = CountingLimits.Default.BadRecipients;

    /// <summary>
    /// Messages an hour that content filters may refuse before a host is deferred, and refused where that is evident. 0: the refusals of this node's filters are
    /// not counted, and no host is judged by them.
    /// </summary>
    [Reloadable]
    public float ContentRejects { get; init; } = CountingLimits.Default.ContentRejects;

    /// <summary>Units that a retry counts if it comes before the wait that the reply asked for: more than nothing, since retries cost too; so little that they do not keep their sender deferred.</summary>
    [Reloadable]
    public float RetryWeight { get; init; } = CountingLimits.Default.RetryWeight;

    /// <summary>How long an envelope is remembered after an attempt, or after the wait that the reply asked for: longer than the pause between any common mail server's attempts.</summary>
    public TimeSpan RetryWindow { get; init; } = CountingLimits.Default.RetryWindow;

    /// <summary>Envelopes remembered for that: 8 octets each, 8 MiB, for 72 new ones a second over four hours. Beyond that the oldest are forgotten, and their retries count whole.</summary>
    public int MaxEnvelopes { get; init; } = CountingLimits.Default.MaxEnvelopes;

    /// <summary>
    /// Rows in each of the four tables (hosts, sites, regions, bad recipients): ten million hosts are a large botnet besides
    /// all others, in 360 MB. Beyond that the rows with the least counts are evicted.
    /// </summary>
    public int MaxRows { get; init; } = CountingLimits.Default.MaxRows;

    /// <summary>Time between snapshots: what a crash can lose, little beside the half hour in which counts decay.</summary>
    public TimeSpan SnapshotInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The part of these settings that counting and judging use.</summary>
    public CountingLimits ToLimits() => new()
    {
        Hold = Hold,
        MaxDelay = MaxDelay,
        Host = Host,
        SitePerHour = Site.Hard,
        RegionPerHour = Region.Hard,
        WarmUp = WarmUp,
        BadRecipients = BadRecipients,
        ContentRejects = ContentRejects,
        RetryWeight = RetryWeight,
        RetryWindow = RetryWindow,
        MaxEnvelopes = MaxEnvelopes,
        MaxRows = MaxRows,
    };

    public IEnumerable<string> Validate(string section)
    {
        if (Hold < TimeSpan.Zero || Hold > TimeSpan.FromMinutes(1))
        {
            yield return $"{section}:Hold: {Hold} is out of range; set it between 00:00:00 and 00:01:00";
        }

        if (MaxDelay < Hold || MaxDelay > TimeSpan.FromMinutes(4))
        {
            yield return $"{section}:MaxDelay: {MaxDelay} is out of range; set it between Hold ({Hold}) and 00:04:00, as senders give up after 5 minutes";
        }

        foreach (var error in Host.Validate($"{section}:Host"))
        {
            yield return error;
        }

        foreach (var error in Widens($"{section}:Site", Site, "Host", Host).Concat(Widens($"{section}:Region", Region, "Site", Site)))
        {
            yield return error;
        }

        if (WarmUp < TimeSpan.Zero || WarmUp > TimeSpan.FromDays(30))
        {
            yield return $"{section}:WarmUp: {WarmUp} is out of range; set it between 00:00:00 (none) and 30.00:00:00";
        }

        if (!BlockLimits.IsRate(BadRecipients))
        {
            yield return $"{section}:BadRecipients: {BadRecipients} is no rate; set it to {BlockLimits.LeastRate} or more";
        }

        if (ContentRejects != 0 && !BlockLimits.IsRate(ContentRejects))
        {
            yield return $"{section}:ContentRejects: {ContentRejects} is no rate; set it to {BlockLimits.LeastRate} or more, or to 0 to count nothing";
        }

        if (!(RetryWeight > 0 && RetryWeight <= 1))
        {
            yield return $"{section}:RetryWeight: {RetryWeight} is out of range; set it above 0, up to 1";
        }

        if (RetryWindow < TimeSpan.FromMinutes(1) || RetryWindow > TimeSpan.FromDays(1))
        {
            yield return $"{section}:RetryWindow: {RetryWindow} is out of range; set it between 00:01:00 and 1.00:00:00";
        }

        if (MaxEnvelopes is < 1024 or > 1 << 28)
        {
            yield return $"{section}:MaxEnvelopes: {MaxEnvelopes} is out of range; set it between 1024 and {1 << 28}";
        }

        if (MaxRows is < 10_000 or > 500_000_000)
        {
            yield return $"{section}:MaxRows: {MaxRows} is out of range; set it between 10000 and 500000000";
        }

        if (SnapshotInterval < TimeSpan.FromSeconds(1) || SnapshotInterval > TimeSpan.FromHours(1))
        {
            yield return $"{section}:SnapshotInterval: {SnapshotInterval} is out of range; set it between 00:00:01 and 01:00:00";
        }
    }

    /// <summary>Settings that were set and have no effect.</summary>
    public IEnumerable<string> WithoutEffect(string section)
    {
        foreach (var (name, limits, defaults) in new[] { (nameof(Site), Site, DefaultSite), (nameof(Region), Region, DefaultRegion) })
        {
            if (limits.Soft != defaults.Soft)
            {
                yield return $"{section}:{name}:{nameof(limits.Soft)}";
            }

            if (limits.Day != defaults.Day)
            {
                yield return $"{section}:{name}:{nameof(limits.Day)}";
            }
        }
    }

    // A block whose newcomers may send less than one host may would have a lone sender thinned for its own mail.
    private static IEnumerable<string> Widens(string section, BlockLimits outer, string innerName, BlockLimits inner)
    {
        if (!BlockLimits.IsRate(outer.Hard))
        {
            yield return $"{section}:Hard: {outer.Hard} is no rate; set it to {BlockLimits.LeastRate} or more";
        }
        else if (outer.Hard < inner.Hard)
        {
            yield return $"{section}:Hard: {outer.Hard} is under {innerName}:Hard ({inner.Hard}); set it to that or more";
        }
    }
}
