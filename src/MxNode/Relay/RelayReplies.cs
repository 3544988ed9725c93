using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Turns a next hop's reply or fault into the reply to our client.</summary>
internal static class RelayReplies
{
    private const string AllInUse = ": all sessions with it are in use; try later";

    public static readonly SmtpReply NeedsSmtpUtf8 = new(553, "5.6.7", "no mail exchanger of the domain takes addresses that are not ASCII (SMTPUTF8)");

    public static readonly SmtpReply HeaderNeedsSmtpUtf8 = new(554, "5.6.9", "no mail exchanger of the domain takes header fields that are not ASCII (SMTPUTF8)");

    public static readonly SmtpReply AnotherTransaction = new(452, "4.5.3", "this recipient needs SMTPUTF8, send it in a transaction of its own");

    public static readonly SmtpReply AnotherPolicy = new(452, "4.5.3", "this recipient's domain demands TLS of its mail exchanger, send it in a transaction of its own");

    public static readonly SmtpReply TextNotReadable = new(451, "4.3.0", "the text could not be read again; try later");

    /// <summary>
    /// Our answer where the next hop has given one: 250 for each positive reply; else its code, enhanced status and text, with its name
    /// before the text, so that the sender knows who refuses. 421 becomes 451, because it would end our client's session.
    /// </summary>
    /// <param name="nextHop">Its name.</param>
    /// <param name="reply">What it said.</param>
    /// <param name="subject">Subject and detail of the enhanced status where it gave none, such as 1.5 (RFC 3463, section 3.2).</param>
    public static SmtpReply From(string nextHop, SmtpReply reply, (int Subject, int Detail) subject = default)
    {
        if (reply.IsPositive)
        {
            return reply with { Code = 250, Status = reply.Status ?? new EnhancedStatus(2, subject.Subject, subject.Detail) };
        }

        var code = reply.Code == 421 ? 451 : reply.Code;
        return new SmtpReply(code, reply.Status ?? new EnhancedStatus(code / 100, 0, 0), [$"{nextHop} said: {reply.Lines[0]}", .. reply.Lines.Skip(1)]);
    }

    /// <summary>
    /// Our answer where the session has failed: permanent only where the next hop refuses the client that XCLIENT has named. Any other permanent reply that
    /// ended a session (to EHLO, to RSET, out of turn) is not about the client's mail.
    /// </summary>
    public static SmtpReply From(string nextHop, NextHopException failure) => failure switch
    {
        { Fault: NextHopFault.ChunkingFailed } => new SmtpReply(451, "4.5.0", $"{nextHop}: it offers CHUNKING and does not know BDAT"),
        { Fault: NextHopFault.ClientRefused, Reply: { IsPermanent: true } reply } => From(nextHop, reply),
        { Reply: { IsPermanent: true } reply } => RefusesRelay(nextHop, reply),
        { Reply: { IsTransient: true } reply } => From(nextHop, reply),
        _ => new SmtpReply(451, Status(failure.Fault), $"{nextHop}: {failure.Message}"),
    };

    /// <summary>Our answer where the next hop refuses this relay, and not the mail.</summary>
    public static SmtpReply RefusesRelay(string nextHop, SmtpReply reply) =>
        new(451, EnhancedStatus.Parse("4.4.1"), [$"{nextHop} does not accept this relay now, your mail is not at fault; it said: {reply.Code} {reply.Lines[0]}", .. reply.Lines.Skip(1)]);

    public static SmtpReply Busy(string nextHop) => new(451, "4.3.2", $"{nextHop}{AllInUse}");

    /// <summary>Whether a reply is that of <see cref="Busy"/>: the next hop was not asked.</summary>
    public static bool IsBusy(SmtpReply reply) => reply.Code == 451 && reply.Lines[^1].EndsWith(AllInUse, StringComparison.Ordinal);

    public static SmtpReply DnsFailure(string host) => new(451, "4.4.3", $"{host}: DNS did not answer for its address");

    public static SmtpReply NoAddress(string host) => new(451, "4.4.4", $"{host}: it has no address");

    public static SmtpReply Forbidden(string host) => new(550, "5.7.1", $"relaying denied: {host} leads to no public address");

    public static SmtpReply ChangedItsMind(string nextHop) =>
        new(451, "4.4.2", $"{nextHop}: it closed the session, and in a new one does not take every recipient again");

    /// <summary>
    /// Whether a next hop says that there is no such mailbox (any more): by X.1.1 or X.1.6 (RFC 3463, section 3.2), or by a bare 550
    /// (RFC 5321, section 4.2.2), which the relay gives as 5.0.0.
    /// </summary>
    public static bool IsUnknownMailbox(SmtpReply reply) =>
        reply is { Code: 550, Status: null or { Subject: 0, Detail: 0 } or { Subject: 1, Detail: 0 or 1 or 6 } };

    // RFC 3463, section 3.5: 4.1 no answer from host, 4.2 bad connection, 4.3 directory server failure; section 3.6: 5.0 other protocol status;
    // section 3.8: 7.4 security features not supported, 7.5 cryptographic failure.
    private static string Status(NextHopFault fault) => fault switch
    {
        NextHopFault.Unreachable or NextHopFault.TimedOut => "4.4.1",
        NextHopFault.Garbage => "4.5.0",
        NextHopFault.TlsMissing => "4.7.4",
        NextHopFault.TlsUntrusted => "4.7.5",
        NextHopFault.PolicyUnknown => "4.4.3",
        _ => "4.4.2",
    };
}
