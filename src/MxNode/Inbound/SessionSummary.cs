using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>What a session's one log line says.</summary>
/// <param name="started">Timestamp of the connection.</param>
internal sealed class SessionSummary(long started)
{
    public long Started { get; } = started;

    public int Recipients { get; set; }

    public int RecipientsTaken { get; set; }

    public int Messages { get; set; }

    /// <summary>How long the session was held and slowed in all.</summary>
    public TimeSpan Held { get; set; }

    /// <summary>The last verdict on a recipient: forward, slow, defer, refuse; or none.</summary>
    public string Verdict { get; private set; } = "none";

    /// <summary>The reason of the verdict, or why the session ended early.</summary>
    public string Reason { get; private set; } = "none";

    public string NextHop { get; set; } = "none";

    /// <summary>The next hop's last answer, code and enhanced code only, because its text may name people.</summary>
    public string Answer { get; private set; } = "none";

    /// <summary>How the session ended: quit, closed, refused, error.</summary>
    public string Outcome { get; set; } = "closed";

    public void Note(Disposition disposition) => (Verdict, Reason) = (disposition.Verdict, disposition.Reason);

    public void Note(SmtpReply reply, RefusalReason reason) => Note(new Disposition(reply.IsTransient ? "defer" : "refuse", reason.ToString()));

    public void NoteAnswer(SmtpReply answer) => Answer = answer.Status is { } status ? $"{answer.Code} {status}" : $"{answer.Code}";
}
