using System.Net;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Folding;

/// <summary>One subject of the list.</summary>
/// <param name="Statement">The statement that decides.</param>
/// <param name="RatePerHour">Its rate, or its delegation's where that is lower.</param>
/// <param name="Expires">Its expiry, or its delegation's where that is earlier; null for a denial.</param>
public sealed record ListRow(Statement Statement, int? RatePerHour, DateTimeOffset? Expires)
{
    public TrustSubject Subject => Statement.Subject;

    public TrustStanding Standing => Statement.Action switch
    {
        TrustAction.Suspend => TrustStanding.Suspended,
        TrustAction.Revoke => TrustStanding.Revoked,
        _ => TrustStanding.Trusted,
    };

    /// <summary>The row for look-up under a network: its own, or an address of its host name.</summary>
    public TrustEntry ToEntry(IPNetwork network) => new()
    {
        Network = network,
        HostName = Subject.HostName,
        Standing = Standing,
        Kind = Statement.Kind ?? TrustKind.Site,
        Organisation = Statement.Organisation,
        RatePerHour = RatePerHour,
        Expires = Expires,
        Author = Statement.Author,
    };
}

/// <summary>A delegation in force.</summary>
/// <param name="Statement">The root's statement.</param>
/// <param name="Used">Hosts enrolled under it now.</param>
public sealed record DelegationRow(Statement Statement, UInt128 Used);

/// <summary>Two statements of one author with one place in its log: the key has leaked, or two copies of it are used.</summary>
/// <param name="Author">Frozen: from this place on only its denials count.</param>
/// <param name="Seq">The first place that was taken twice.</param>
public sealed record Fork(string Author, long Seq);

/// <summary>Why a statement, the latest of its author on its subject, does not count.</summary>
public enum AsideReason
{
    /// <summary>The author is no root and has no delegation that covers the subject, or only a root may do this.</summary>
    NoAuthority,

    /// <summary>It is past its expiry, or its delegation's.</summary>
    Expired,

    /// <summary>It is dated further ahead than clocks differ.</summary>
    NotYetIssued,

    /// <summary>Its delegation has no hosts left.</summary>
    OverHosts,

    /// <summary>A root has suspended or revoked what a delegate would trust.</summary>
    DeniedByRoot,

    /// <summary>The author's log forked at or before it.</summary>
    Frozen,
}

/// <summary>A statement that does not count, and why.</summary>
public sealed record AsideStatement(Statement Statement, AsideReason Reason);

/// <summary>The list as all logs together give it at one moment.</summary>
public sealed record FoldedList
{
    public static FoldedList Empty { get; } = new();

    /// <summary>What is trusted, and what is expressly not; expired subjects are among <see cref="Aside"/>.</summary>
    public IReadOnlyList<ListRow> Rows { get; init; } = [];

    public IReadOnlyList<DelegationRow> Delegations { get; init; } = [];

    public IReadOnlyList<Fork> Forks { get; init; } = [];

    public IReadOnlyList<AsideStatement> Aside { get; init; } = [];

    /// <summary>The earliest moment at which the same logs may give another list; null when never. Fold again then.</summary>
    public DateTimeOffset? NextChange { get; init; }

    /// <summary>The host names whose addresses the list needs.</summary>
    public IEnumerable<string> HostNames =>
        Rows.Where(row => row is { Subject.HostName: not null, Standing: TrustStanding.Trusted }).Select(row => row.Subject.HostName!);
}
