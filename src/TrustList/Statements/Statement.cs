namespace ThrottleNet.TrustList.Statements;

/// <summary>
/// One statement of an author about a subject. A statement is complete: a renewal repeats all fields, so only the latest one counts.
/// <see cref="StatementText"/> gives its signed form.
/// </summary>
public sealed record Statement
{
    /// <summary>The id of the author's key, <see cref="AuthorKey.Id"/>.</summary>
    public string Author { get; init; } = "";

    /// <summary>Its place in the author's log, from 1.</summary>
    public long Seq { get; init; }

    /// <summary>The hash of the author's line before it.</summary>
    public LineHash Previous { get; init; }

    /// <summary>The time of signing by the author's clock, in whole seconds, never earlier than the previous statement's.</summary>
    public DateTimeOffset Issued { get; init; }

    public required TrustAction Action { get; init; }

    public required TrustSubject Subject { get; init; }

    /// <summary>For delegate: the key id that gets the delegation. For suspend and revoke: the key id whose delegation ends. Else null.</summary>
    public string? Delegate { get; init; }

    /// <summary>The kind of host; with enrol and renew only.</summary>
    public TrustKind? Kind { get; init; }

    /// <summary>The organisation that answers for the subject; "" if the action needs none.</summary>
    public string Organisation { get; init; } = "";

    /// <summary>How to reach the organisation: a mail address or a URL.</summary>
    public string Contact { get; init; } = "";

    /// <summary>With delegate only: how many hosts may be enrolled under the delegation at one time.</summary>
    public int? Hosts { get; init; }

    /// <summary>The trusted quota in recipients an hour; null: no limit. For a delegation: the highest quota of an entry under it.</summary>
    public int? RatePerHour { get; init; }

    /// <summary>The time from which the statement no longer counts, in whole seconds. Suspend and revoke have none.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The reason; required for suspend and revoke.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether the statement takes trust away: suspend or revoke.</summary>
    public bool IsDenial => Action is TrustAction.Suspend or TrustAction.Revoke;
}
