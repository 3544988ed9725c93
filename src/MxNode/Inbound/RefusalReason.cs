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
    RefusedContent,
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
    BareCommandEnd,
    LineTooLong,
    BadChunk,

    /// <summary>An error in a command, which <see cref="SmtpOptions.MaxErrors"/> counts.</summary>
    Syntax,
    NotText,
    MessageTooBig,
    MailLoop,

    /// <summary>A content check's own reply.</summary>
    Content,

    /// <summary>A filter does not answer (Content:OnFailure).</summary>
    ContentUnavailable,

    /// <summary>A filter asks for a change that this node cannot make.</summary>
    ContentChange,
    StorageFailure,
    TlsUnavailable,
    Pressure,
    ShuttingDown,
    Idle,
    TooManyErrors,
    InternalError,
}
