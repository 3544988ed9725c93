namespace ThrottleNet.TrustList.Statements;

/// <summary>
/// A statement of an author about a subject. A renewal repeats all fields, so that the latest statement is enough.
/// <see cref="StatementText"/> gives its signed form.
/// </summary>
public sealed record Statement
{
    /// <summary>The id of the author's key, <see cref="AuthorKey.Id"/>.</summary>
    public string Author { get; init; } = "";

    /// <summary>The statement's number in the author's log, from 1.</summary>
    public long Seq { get; init; }

    /// <summary>The hash of the author's line before it.</summary>
    public LineHash Previous { get; init; }

    /// <summary>The time by the author's clock, in whole seconds. It is never earlier than that of the statement before.</summary>
    public DateTimeOffset Issued { get; init; }

    public required TrustAction Action { get; init; }

    public required TrustSubject Subject { get; init; }

    /// <summary>The key id that receives a delegation; with suspend and revoke, the key id whose delegation ends. Otherwise null.</summary>
    public string? Delegate { get; init; }

    /// <summary>The kind of host; with enrol and renew only.</summary>
    public TrustKind? Kind { get; init; }

    /// <summary>The organisation responsible for the subject; "" where the action needs none.</summary>
    public string Organisation { get; init; } = "";

    /// <summary>The organisation's mail address or URL.</summary>
    public string Contact { get; init; } = "";

    /// <summary>Delegate only: how many hosts may be enrolled under it at one time.</summary>
    public int? Hosts { get; init; }

    /// <summary>The trusted quota in recipients an hour; for a delegation the most that any entry under it gets. Null: no limit.</summary>
    public int? RatePerHour { get; init; }

    /// <summary>The time from which it no longer counts, in whole seconds. Suspend and revoke have none.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The reason; required for suspend and revoke.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether the statement takes trust away: suspend or revoke.</summary>
    public bool IsDenial => Action is TrustAction.Suspend or TrustAction.Revoke;
}
