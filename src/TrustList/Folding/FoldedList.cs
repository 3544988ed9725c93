using System.Net;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Folding;

/// <summary>One subject of the list.</summary>
/// <param name="Statement">The statement that decides.</param>
/// <param name="RatePerHour">The statement's rate, or its delegation's where that is lower.</param>
/// <param name="Expires">The statement's expiry, or its delegation's where that is earlier; null for a suspension or revocation.</param>
public sealed record ListRow(Statement Statement, int? RatePerHour, DateTimeOffset? Expires)
{
    public TrustSubject Subject => Statement.Subject;

    public TrustStanding Standing => Statement.Action switch
    {
        TrustAction.Suspend => TrustStanding.Suspended,
        TrustAction.Revoke => TrustStanding.Revoked,
        _ => TrustStanding.Trusted,
    };

    /// <summary>The row as an entry of the index.</summary>
    /// <param name="network">The row's network, or an address of its host name.</param>
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

/// <summary>Two statements of one author with the same seq: the key was stolen, or two copies of it are in use.</summary>
/// <param name="Author">The key's id. It is frozen: from <paramref name="Seq"/> on only its suspensions and revocations count.</param>
/// <param name="Seq">The first seq that two statements have.</param>
public sealed record Fork(string Author, long Seq);

/// <summary>Why an author's latest statement about a subject does not count.</summary>
public enum AsideReason
{
    /// <summary>The author is no root and has no delegation that covers the subject, or the action is reserved to roots.</summary>
    NoAuthority,

    /// <summary>The statement has expired, or its delegation has.</summary>
    Expired,

    /// <summary>The statement's date is further in the future than <see cref="ListFold.ClockSkew"/>.</summary>
    NotYetIssued,

    /// <summary>The statement's delegation allows no more hosts.</summary>
    OverHosts,

    /// <summary>A root has suspended or revoked the subject, so a delegate cannot trust it.</summary>
    DeniedByRoot,

    /// <summary>The author's log forked at this statement or before it.</summary>
    Frozen,
}

/// <summary>A statement that does not count, and why.</summary>
public sealed record AsideStatement(Statement Statement, AsideReason Reason);

/// <summary>The trusted list that all logs together give at one moment.</summary>
public sealed record FoldedList
{
    public static FoldedList Empty { get; } = new();

    /// <summary>The subjects that are trusted, suspended or revoked. Expired subjects are in <see cref="Aside"/>.</summary>
    public IReadOnlyList<ListRow> Rows { get; init; } = [];

    public IReadOnlyList<DelegationRow> Delegations { get; init; } = [];

    public IReadOnlyList<Fork> Forks { get; init; } = [];

    public IReadOnlyList<AsideStatement> Aside { get; init; } = [];

    /// <summary>The earliest time at which folding the same logs may give another list; null: never.</summary>
    public DateTimeOffset? NextChange { get; init; }

    /// <summary>The host names whose addresses the list needs.</summary>
    public IEnumerable<string> HostNames =>
        Rows.Where(row => row is { Subject.HostName: not null, Standing: TrustStanding.Trusted }).Select(row => row.Subject.HostName!);
}
