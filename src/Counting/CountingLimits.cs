namespace ThrottleNet.Counting;

/// <summary>The limits by which hosts are judged, and how much memory counting may take.</summary>
public sealed record CountingLimits
{
    /// <summary>The limits of a node without settings of its own.</summary>
    public static CountingLimits Default { get; } = new();

    /// <summary>How long an attempt is held before it is judged.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The longest a slowed recipient waits, hold included.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Limits of a host block: a busy person, or a family.</summary>
    public BlockLimits Host { get; init; } = new() { Soft = 5, Hard = 20, Day = 150 };

    /// <summary>Newcomers' attempts an hour in a site (IPv4 /24, IPv6 /48) above which they are thinned.</summary>
    public float SitePerHour { get; init; } = 100;

    /// <summary>The same for a region (IPv4 /16, IPv6 /32).</summary>
    public float RegionPerHour { get; init; } = 1000;

    /// <summary>How long a node's memory of hosts is too young to know newcomers; meanwhile the limits of sites and regions are higher. 0 for never.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Unknown recipients an hour from which a host counts as guessing addresses.</summary>
    public float BadRecipients { get; init; } = 10;

    /// <summary>Messages an hour that content filters may refuse before a host counts as a sender of such messages; 0: neither counted here nor judged.</summary>
    public float ContentRejects { get; init; }

    /// <summary>The units that an impatient retry of an envelope counts, above 0 and at most 1.</summary>
    public float RetryWeight { get; init; } = 0.25f;

    /// <summary>How long after an attempt, or after the wait that its reply asked for, another one of the same envelope is a retry.</summary>
    public TimeSpan RetryWindow { get; init; } = TimeSpan.FromHours(4);

    /// <summary>Envelopes remembered to recognise retries, 8 octets each.</summary>
    public int MaxEnvelopes { get; init; } = 1 << 20;

    /// <summary>Rows in each of the four tables: hosts, sites, regions, bad recipients (with messages that filters refused).</summary>
    public int MaxRows { get; init; } = 10_000_000;
}
