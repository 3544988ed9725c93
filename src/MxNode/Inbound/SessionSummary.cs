using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>What a session's one log line says of it.</summary>
/// <param name="Started">The timestamp of its connection.</param>
internal sealed class SessionSummary(long started)
{
    public long Started { get; } = started;

    public int Recipients { get; set; }

    public int RecipientsTaken { get; set; }

    public int Messages { get; set; }

    public TimeSpan Held { get; set; }

    /// <summary>The last verdict on a recipient: forward, slow, defer, refuse; or none.</summary>
    public string Verdict { get; set; } = "none";

    /// <summary>Why; or why the session ended early.</summary>
    public string Reason { get; set; } = "none";

    public string NextHop { get; set; } = "none";

    /// <summary>The next hop's last answer, code and enhanced code only: its text may name people.</summary>
    public string Answer { get; set; } = "none";

    /// <summary>How the session ended.</summary>
    public string Outcome { get; set; } = "closed";

    public void Note(Refusal refusal)
    {
        Verdict = Replies.For(refusal).IsTransient ? "defer" : "refuse";
        Reason = refusal.Reason.ToString();
    }

    public void Note(SmtpReply answer) => Answer = answer.Status is { } status ? $"{answer.Code} {status}" : $"{answer.Code}";
}
