namespace ThrottleNet.MxNode.Inbound;

/// <summary>Why the node itself refuses. <see cref="Replies"/> is the one place that turns a reason into a reply.</summary>
internal enum RefusalReason
{
    TooManyConnections,
    TooManyConnectionsFromBlock,
    FarOverLimit,
    OverHardLimit,
    ManyNewcomers,
    OverDayLimit,
    GuessingRecipients,
    EarlyTalker,
    OurOwnName,
    NotSubscribed,
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

    /// <summary>A content check's own reply.</summary>
    Content,
    StorageFailure,
    TlsUnavailable,
    Pressure,
    ShuttingDown,
    Idle,
    TooManyErrors,
    InternalError,
}
