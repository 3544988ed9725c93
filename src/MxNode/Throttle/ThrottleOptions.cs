using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>The limits of person-rate mail, and what the throttle may cost. Section <c>Throttle</c>.</summary>
internal sealed record ThrottleOptions
{
    /// <summary>How long an attempt waits for the network's counts: the batch interval and the time for 99 % of the network to hear it.</summary>
    public TimeSpan Hold { get; init; } = CountingLimits.Default.Hold;

    /// <summary>
    /// The longest a slowed recipient waits, hold included. Senders give an answer to RCPT five minutes (RFC 5321, section
    /// 4.5.3.2); 90 s is long enough to hurt a spammer, and short enough for impatient software.
    /// </summary>
    public TimeSpan MaxDelay { get; init; } = CountingLimits.Default.MaxDelay;

    /// <summary>One sender's machine: a busy person, or a family. These are the limits that hosts are held to.</summary>
    public BlockLimits Host { get; init; } = CountingLimits.Default.Host;

    /// <summary>IPv4 /24. An IPv6 /56 has twice the host's limits: it is one customer's line.</summary>
    public BlockLimits Site { get; init; } = CountingLimits.Default.Site;

    /// <summary>IPv4 /16. An IPv6 /48 has five times the host's limits: it is one customer's site.</summary>
    public BlockLimits Region { get; init; } = CountingLimits.Default.Region;

    /// <summary>Unknown recipients an hour from which a host is taken for a guesser: far more than anybody's typing errors.</summary>
    public float BadRecipients { get; init; } = CountingLimits.Default.BadRecipients;

    /// <summary>What trying an envelope again weighs. More than nothing, as retries cost too; so little that they don't starve their sender.</summary>
    public float RetryWeight { get; init; } = CountingLimits.Default.RetryWeight;

    /// <summary>How long an envelope can be tried again at that weight: longer than the pause between any common server's attempts.</summary>
    public TimeSpan RetryWindow { get; init; } = CountingLimits.Default.RetryWindow;

    /// <summary>Envelopes remembered for that: 8 octets each, 8 MiB, for 72 new ones a second over four hours. Then the oldest go; their retries weigh whole.</summary>
    public int MaxEnvelopes { get; init; } = CountingLimits.Default.MaxEnvelopes;

    /// <summary>
    /// Rows in each of the four tables (hosts, sites, regions, bad recipients): ten million hosts are a large botnet besides
    /// everybody else, in 320 MB. Then the smallest give way.
    /// </summary>
    public int MaxRows { get; init; } = CountingLimits.Default.MaxRows;

    /// <summary>Time between snapshots: what a crash can forget, small beside the half hour in which counts fade.</summary>
    public TimeSpan SnapshotInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The part of these settings that counting and judging use.</summary>
    public CountingLimits ToLimits() => new()
    {
        Hold = Hold,
        MaxDelay = MaxDelay,
        Host = Host,
        Site = Site,
        Region = Region,
        BadRecipients = BadRecipients,
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

        foreach (var error in Host.Validate($"{section}:Host").Concat(Site.Validate($"{section}:Site")).Concat(Region.Validate($"{section}:Region")))
        {
            yield return error;
        }

        foreach (var error in Widens($"{section}:Site", Site, "Host", Host).Concat(Widens($"{section}:Region", Region, "Site", Site)))
        {
            yield return error;
        }

        if (!BlockLimits.IsRate(BadRecipients))
        {
            yield return $"{section}:BadRecipients: {BadRecipients} is no rate; set it to {BlockLimits.LeastRate} or more";
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

    /// <summary>A block that is allowed less than one inside it would have a lone sender pressed by its own mail.</summary>
    private static IEnumerable<string> Widens(string section, BlockLimits outer, string innerName, BlockLimits inner)
    {
        if (outer.Hard < inner.Hard)
        {
            yield return $"{section}:Hard: {outer.Hard} is under {innerName}:Hard ({inner.Hard}); set it to that or more";
        }

        if (outer.Day < inner.Day)
        {
            yield return $"{section}:Day: {outer.Day} is under {innerName}:Day ({inner.Day}); set it to that or more";
        }
    }
}
