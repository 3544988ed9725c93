namespace ThrottleNet.Protocol.Smtp;

/// <summary>The state of a session.</summary>
public enum SessionState
{
    /// <summary>Before the greeting; the client has to wait.</summary>
    Greeting,

    /// <summary>Greeted, before HELO or EHLO, and again after STARTTLS and XCLIENT.</summary>
    Connected,

    /// <summary>After HELO or EHLO, no mail transaction.</summary>
    Ready,

    /// <summary>MAIL was taken, no recipient yet.</summary>
    Mail,

    /// <summary>At least one recipient was taken.</summary>
    Recipients,

    /// <summary>A chunk of the text was taken, and the last one was not (RFC 3030, section 2).</summary>
    Chunks,

    /// <summary>Nothing more is read.</summary>
    Closed,
}

/// <summary>The commands that are allowed in each state (RFC 5321, section 4.1.4; BDAT: RFC 3030, section 2; STARTTLS: RFC 3207, section 4; XCLIENT: as Postfix).</summary>
public static class SessionTable
{
    private static SmtpReply NotNow { get; } = new(503, "5.5.1", "Bad sequence of commands");
    private static SmtpReply Unknown { get; } = new(500, "5.5.1", "Command not recognised");
    private static SmtpReply NeedsHello { get; } = new(503, "5.5.1", "Send HELO or EHLO first");
    private static SmtpReply NeedsMail { get; } = new(503, "5.5.1", "Send MAIL first");
    private static SmtpReply NeedsRecipient { get; } = new(503, "5.5.1", "No valid recipients");
    private static SmtpReply NestedMail { get; } = new(503, "5.5.1", "A mail transaction is open already");

    /// <summary>Checks a command against the state.</summary>
    /// <returns>Null if the command is allowed; else the reply, and the state does not change.</returns>
    public static SmtpReply? Check(SessionState state, SmtpVerb verb) => (state, verb) switch
    {
        (SessionState.Greeting or SessionState.Closed, _) => NotNow,
        (_, SmtpVerb.Unknown) => Unknown,
        (SessionState.Connected, SmtpVerb.Mail or SmtpVerb.Rcpt or SmtpVerb.Data or SmtpVerb.Bdat or SmtpVerb.StartTls) => NeedsHello,
        (SessionState.Ready, SmtpVerb.Rcpt or SmtpVerb.Data or SmtpVerb.Bdat) => NeedsMail,
        (SessionState.Mail, SmtpVerb.Data or SmtpVerb.Bdat) => NeedsRecipient,
        (SessionState.Mail or SessionState.Recipients or SessionState.Chunks, SmtpVerb.Mail) => NestedMail,
        (SessionState.Mail or SessionState.Recipients or SessionState.Chunks, SmtpVerb.StartTls or SmtpVerb.Xclient) => NotNow,
        (SessionState.Chunks, SmtpVerb.Rcpt or SmtpVerb.Data) => NotNow,
        _ => null,
    };
}
