namespace ThrottleNet.TrustList.Statements;

/// <summary>
/// What an author says of a subject. Each stands alone: a renewal repeats everything, so that the latest one is enough.
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

    /// <summary>By the author's clock, in whole seconds, never before the statement before.</summary>
    public DateTimeOffset Issued { get; init; }

    public required TrustAction Action { get; init; }

    public required TrustSubject Subject { get; init; }

    /// <summary>The key id that a delegation is for; with suspend and revoke, whose delegation is taken back. Else null.</summary>
    public string? Delegate { get; init; }

    /// <summary>Enrol and renew only.</summary>
    public TrustKind? Kind { get; init; }

    /// <summary>Who answers for the subject; "" where the action needs none.</summary>
    public string Organisation { get; init; } = "";

    /// <summary>How to reach them: a mail address or a URL.</summary>
    public string Contact { get; init; } = "";

    /// <summary>Delegate only: how many hosts may be enrolled under it at one time.</summary>
    public int? Hosts { get; init; }

    /// <summary>Recipients an hour, at most; for a delegation the most that any entry under it gets. Null is without limit.</summary>
    public int? RatePerHour { get; init; }

    /// <summary>The moment from which it no longer counts, whole seconds. Suspend and revoke have none.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Why; needed to suspend and to revoke.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether it takes trust away.</summary>
    public bool IsDenial => Action is TrustAction.Suspend or TrustAction.Revoke;
}
