namespace ThrottleNet.MxNode.Inbound;

/// <summary>What the inbound side logs. Event ids 1000 to 1999. Never a message's content, never people's addresses.</summary>
internal sealed partial class InboundLog(ILogger<InboundLog> logger)
{
    // A host name has no more octets (RFC 1035, section 2.3.4).
    private const int MaxHello = 255;

    public void Session(Session session, TimeProvider time)
    {
        var summary = session.Summary;
        if (session.IsProxyItself && summary.Recipients == 0)
        {
            ProxyChecked(session.Block.ToString(), summary.Outcome);
            return;
        }

        Session(
            session.Id,
            session.Block.ToString(),
            session.ReverseName ?? "no name",
            session.Hello is { Length: > MaxHello } hello ? hello[..MaxHello] : session.Hello ?? "none",
            session.Tls is { } tls ? $"{tls.SslProtocol}" : "no TLS",
            summary.EndedFor is { } reason ? $"{summary.Outcome} ({reason})" : summary.Outcome,
            summary.Verdict,
            summary.Reason,
            summary.RecipientsTaken,
            summary.Recipients,
            summary.Domain,
            summary.Messages,
            summary.NextHop,
            summary.Tls.Demanded,
            summary.Tls.Reached,
            summary.Answer,
            summary.QueueId,
            summary.Authentication?.Spf ?? "unchecked",
            summary.Authentication?.Dkim ?? "unchecked",
            (long)summary.Held.TotalMilliseconds,
            (long)time.GetElapsedTime(summary.Started).TotalMilliseconds);
    }

    [LoggerMessage(1000, LogLevel.Information, "session {Id} block {Block} ({Name}, HELO {Hello}, {Tls}) {Outcome}: {Verdict} ({Reason}), recipients of {Domain} taken: {Taken} of {Recipients}, messages: {Messages}, next hop {NextHop} (TLS demanded {TlsDemanded}, reached {TlsReached}) answered {Answer}, queue id {QueueId}, spf={Spf}, dkim={Dkim}, held {HeldMs} ms of {TotalMs} ms")]
    private partial void Session(string id, string block, string name, string hello, string tls, string outcome, string verdict, string reason, int taken, int recipients, string domain, int messages, string nextHop, string tlsDemanded, string tlsReached, string answer, string queueId, string spf, string dkim, long heldMs, long totalMs);

    [LoggerMessage(1008, LogLevel.Debug, "health check by {Block}: {Outcome}")]
    private partial void ProxyChecked(string block, string outcome);

    [LoggerMessage(1009, LogLevel.Warning, "Node:Postmaster is not set: mail to the postmaster of {HostName} itself is deferred; set it to an address that is read (RFC 5321, section 4.5.1)")]
    public partial void NoPostmaster(string hostName);

    [LoggerMessage(1020, LogLevel.Information, "sessions without MAIL in the last minute, block {Block}: {Sessions} more; the last one ended with {Reason}")]
    public partial void SessionsWithoutMail(long sessions, string block, string reason);

    [LoggerMessage(1001, LogLevel.Error, "session {Id} block {Block} failed; the client got 421 and keeps its mail; please report this")]
    public partial void SessionFailed(string id, string block, Exception e);

    [LoggerMessage(1002, LogLevel.Warning, "session {Id} block {Block}: possible duplicate: {NextHop} has the message, but the client was gone before it heard so and will send it again (RFC 1047)")]
    public partial void PossibleDuplicate(string id, string block, string nextHop);

    [LoggerMessage(1003, LogLevel.Error, "session {Id}: a text could not be stored ({Cause}); the client got 452 and keeps its mail; free disk space in Node:DataDirectory")]
    public partial void TextNotStored(string id, string cause);

    [LoggerMessage(1004, LogLevel.Warning, "connection from {Peer} closed: it is listed in Smtp:ProxyFrom, and {Fault}; make it send one (send-proxy or send-proxy-v2) or take it off the list")]
    public partial void NoProxyHeader(string peer, string fault);

    [LoggerMessage(1005, LogLevel.Information, "STARTTLS uses {File} ({Subject}, until {NotAfter:u})")]
    public partial void CertificateRead(string file, string subject, DateTime notAfter);

    [LoggerMessage(1006, LogLevel.Error, "STARTTLS: {File} or its key cannot be read ({Cause}); the certificate before it stays in use; correct the files")]
    public partial void CertificateNotRead(string file, string cause);

    [LoggerMessage(1007, LogLevel.Error, "session {Id}: {Hook} failed at a notification; the session went on; please report this")]
    public partial void HookFailed(string id, string hook, Exception e);
}
