using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>What the node says: fixed replies, and the mapping from a reason to code, enhanced code (RFC 3463) and text.</summary>
internal static class Replies
{
    public static readonly SmtpReply Ok = new(250, "2.0.0", "OK");
    public static readonly SmtpReply SenderOk = new(250, "2.1.0", "sender noted");
    public static readonly SmtpReply RecipientOk = new(250, "2.1.5", "recipient noted");
    public static readonly SmtpReply MessageOk = new(250, "2.0.0", "message accepted");
    public static readonly SmtpReply StartText = new(354, "", "send the message, end with <CRLF>.<CRLF>");
    public static readonly SmtpReply Bye = new(221, "2.0.0", "bye");
    public static readonly SmtpReply ChunkTaken = new(250, "2.0.0", "chunk taken");
    public static readonly SmtpReply CannotVerify = new(252, "2.5.0", "cannot verify; send the message and see");
    public static readonly SmtpReply NoExpansion = new(502, "5.5.1", "EXPN is not offered");
    public static readonly SmtpReply Help = new(214, "2.0.0", "a throttling mail relay: RFC 5321, and docs/ of ThrottleNet");
    public static readonly SmtpReply BadHello = new(501, "5.5.4", "give your host name or address literal");
    public static readonly SmtpReply BadArgument = new(501, "5.5.4", "this command takes no argument");
    public static readonly SmtpReply ReadyForTls = new(220, "2.0.0", "ready to start TLS");
    public static readonly SmtpReply TlsAlready = new(503, "5.5.1", "TLS is on already");
    public static readonly SmtpReply NotAuthorized = new(550, "5.7.0", "XCLIENT is not for you");
    public static readonly SmtpReply BadXclient = new(501, "5.5.4", "XCLIENT attribute not understood");

    public static SmtpReply For(RefusalReason reason) => reason switch
    {
        RefusalReason.TooManyConnections => new(421, "4.3.2", "too many connections, try again later"),
        // The replies about rate get the rest of their text from RateReplies: these parts come before the client's address.
        RefusalReason.TooManyConnectionsFromBlock => new(421, "4.3.2", "the limit of connections at a time is reached by"),
        RefusalReason.FarOverLimit => new(421, "4.7.0", "twice the limit is reached by"),
        RefusalReason.OverHardLimit => new(451, "4.7.1", "the limit for an hour is reached by"),
        RefusalReason.OverDayLimit => new(451, "4.7.1", "the limit for a day is reached by"),
        RefusalReason.ManyNewcomers => new(451, "4.7.1", "the limit for new hosts is reached in the network of"),
        RefusalReason.GuessingRecipients => new(421, "4.7.1", "the limit for recipients that do not exist is reached by"),
        RefusalReason.RefusedContent => new(421, "4.7.1", "the limit for messages that content filters refuse is reached by"),
        RefusalReason.EarlyTalker => new(554, "5.5.1", "you spoke before the greeting"),
        RefusalReason.OurOwnName => new(550, "5.7.1", "that is this host's own name"),
        RefusalReason.NotSubscribed => new(550, "5.7.1", "relaying denied: the domain's MX records do not name this network"),
        RefusalReason.NoLongerSubscribed => new(451, "4.4.4", "the domain's MX records no longer name this network, look them up again and try later"),
        RefusalReason.AliasedMagicMx => new(451, "4.3.5", "the domain's MX record names an alias (CNAME) of this network, its administrator must mend that"),
        RefusalReason.NullMx => new(556, "5.1.10", "the domain takes no mail (null MX)"),
        RefusalReason.NoRealMx => new(550, "5.7.1", "relaying denied: the domain has no mail exchanger behind this network"),
        RefusalReason.DnsFailure => new(451, "4.4.3", "the domain's MX records cannot be looked up now, try again later"),
        RefusalReason.AnotherNextHop => new(452, "4.5.3", "this recipient has another mail exchanger, send it in a transaction of its own"),
        RefusalReason.TooManyRecipients => new(452, "4.5.3", "too many recipients, send the rest in another transaction"),
        RefusalReason.NoPostmaster => new(451, "4.3.5", "this host has no postmaster now, try again later"),
        RefusalReason.EarlyInput => new(421, "4.7.0", "you sent on without waiting for the reply; wait for each reply that ends a group (RFC 2920)"),
        RefusalReason.BareLineEnd => new(554, "5.5.2", "CR or LF without the other: lines end with CRLF"),
        RefusalReason.BareCommandEnd => new(500, "5.5.2", "CR or LF without the other: commands end with CRLF"),
        RefusalReason.BadChunk => new(421, "4.7.0", "BDAT without a size: where your next command begins is unknown"),
        RefusalReason.LineTooLong => new(500, "5.5.2", "line too long"),
        RefusalReason.NotText => new(500, "5.5.2", "not a command line"),
        RefusalReason.MessageTooBig => new(552, "5.3.4", "message larger than SIZE allows"),
        RefusalReason.MailLoop => new(554, "5.4.6", "mail loop: too many Received headers, or too many of this host"),
        RefusalReason.ContentUnavailable => new(451, "4.7.1", "the content check does not answer now, try again later"),
        RefusalReason.ContentChange => new(451, "4.3.5", "a content filter asks for a change of the envelope, which this host cannot make"),
        RefusalReason.StorageFailure => new(452, "4.3.1", "no room for the message now, try again later"),
        RefusalReason.TlsUnavailable => new(454, "4.7.0", "TLS is not available now"),
        RefusalReason.Pressure => new(421, "4.3.2", "short of resources, try again later"),
        RefusalReason.ShuttingDown => new(421, "4.3.2", "shutting down, try again later"),
        RefusalReason.Idle => new(421, "4.4.2", "idle for too long"),
        RefusalReason.TooManyErrors => new(421, "4.7.0", "too many errors"),
        RefusalReason.InternalError => new(421, "4.3.0", "internal error, try again later"),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    /// <summary>Whether a reason ends the session: 421 always (RFC 5321, section 3.8), and what only a script or an attacker does.</summary>
    public static bool Closes(RefusalReason reason) =>
        reason is RefusalReason.EarlyTalker or RefusalReason.BareLineEnd or RefusalReason.BareCommandEnd || For(reason).Code == 421;
}
