using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>What a session's one log line says.</summary>
/// <param name="started">Timestamp of the connection.</param>
internal sealed class SessionSummary(long started)
{
    // The next hop's reply to the last message that it took. Only the log line needs its queue id, so it is not read for each message.
    private SmtpReply? _taken;

    public long Started { get; } = started;

    public int Recipients { get; set; }

    public int RecipientsTaken { get; set; }

    public int Messages { get; private set; }

    /// <summary>How long the session was held and slowed in all.</summary>
    public TimeSpan Held { get; set; }

    /// <summary>The last verdict on a recipient: forward, slow, defer, refuse; or none.</summary>
    public string Verdict { get; private set; } = "none";

    /// <summary>The reason of the verdict, or why the session ended early.</summary>
    public string Reason { get; private set; } = "none";

    /// <summary>The domain of the last recipient.</summary>
    public string Domain { get; set; } = "none";

    public string NextHop { get; set; } = "none";

    /// <summary>What TLS was demanded of the next hop, and what was reached.</summary>
    public TlsReport Tls { get; set; } = TlsReport.None;

    /// <summary>The next hop's last answer, code and enhanced code only, because its text may name people.</summary>
    public string Answer { get; private set; } = "none";

    /// <summary>What the checks of the last message's sender came to; null where no sender was checked.</summary>
    public AuthenticationVerdict? Authentication { get; set; }

    /// <summary>Under which id the next hop has the last message that it took.</summary>
    public string QueueId => _taken is null ? "none" : HopQueueId.Of(_taken);

    /// <summary>
    /// How the session ended: quit; closed by the client; refused by the node before it took a message; ended by the node after it took one; error.
    /// </summary>
    public string Outcome { get; set; } = "closed";

    /// <summary>Why the node ended a session in which it took a message; null if it did not.</summary>
    public RefusalReason? EndedFor { get; private set; }

    public void Note(Disposition disposition) => (Verdict, Reason) = (disposition.Verdict, disposition.Reason);

    public void Note(SmtpReply reply, RefusalReason reason) => Note(new Disposition(reply.IsTransient ? "defer" : "refuse", reason.ToString()));

    /// <summary>Notes that the node ends the session.</summary>
    public void NoteEnd(SmtpReply reply, RefusalReason? reason)
    {
        Outcome = Messages > 0 ? "ended" : "refused";
        if (Messages > 0)
        {
            EndedFor = reason;
        }
        else if (reason is { } why)
        {
            Note(reply, why);
        }
    }

    /// <summary>Notes the next hop's reply to a message that it took.</summary>
    public void NoteTaken(SmtpReply answer)
    {
        Messages++;
        _taken = answer;
    }

    public void NoteAnswer(SmtpReply answer) => Answer = answer.Status is { } status ? $"{answer.Code} {status}" : $"{answer.Code}";
}
