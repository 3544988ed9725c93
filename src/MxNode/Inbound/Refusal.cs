namespace ThrottleNet.MxNode.Inbound;

/// <summary>Why the node itself says no. <see cref="Replies"/> is the one place that turns a reason into a reply.</summary>
internal enum RefusalReason
{
    TooManyConnections,
    TooManyConnectionsFromBlock,
    FarOverLimit,
    OverHardLimit,
    OverDayLimit,
    GuessingRecipients,
    EarlyTalker,
    OurOwnName,
    NotSubscribed,
    NoLongerSubscribed,
    AliasedMagicMx,
    NullMx,
    NoRealMx,
    DnsFailure,
    AnotherNextHop,
    TooManyRecipients,
    NoPostmaster,
    EarlyInput,
    BareLineEnd,
    LineTooLong,
    NotText,
    MessageTooBig,
    MailLoop,
    StorageFailure,
    TlsUnavailable,
    Pressure,
    ShuttingDown,
    Idle,
    TooManyErrors,
    InternalError,
}

/// <summary>A refusal by the node or by a hook.</summary>
/// <param name="Reason">Why.</param>
/// <param name="RetryAfter">When it is worth trying again; for deferrals.</param>
internal sealed record Refusal(RefusalReason Reason, TimeSpan RetryAfter = default);
