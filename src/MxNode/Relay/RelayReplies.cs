using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Turns what a next hop said or did into what our client hears: 250, its 5xx, and 451 for everything else.</summary>
internal static class RelayReplies
{
    public static readonly SmtpReply LacksEightBitMime = new(554, "5.6.3", "the next hop does not take 8-bit text");

    public static readonly SmtpReply LacksSmtpUtf8 = new(553, "5.6.7", "the next hop does not take internationalised mail");

    public static readonly SmtpReply TextNotReadable = new(451, "4.3.0", "the text could not be read again; try later");

    /// <summary>Our answer where the next hop has given one.</summary>
    /// <param name="nextHop">Named where the answer is not passed on as it is.</param>
    /// <param name="reply">What it said.</param>
    /// <param name="subject">Subject and detail of the enhanced status where it gave none, such as 1.5 (RFC 3463, section 3.2).</param>
    public static SmtpReply From(string nextHop, SmtpReply reply, (int Subject, int Detail) subject = default)
    {
        if (reply.IsPositive)
        {
            return reply with { Code = 250, Status = reply.Status ?? new EnhancedStatus(2, subject.Subject, subject.Detail) };
        }

        return reply.IsPermanent
            ? reply with { Status = reply.Status ?? new EnhancedStatus(5, 0, 0) }
            : new SmtpReply(451, reply.Status ?? new EnhancedStatus(4, 0, 0), [$"{nextHop} said: {reply}"]);
    }

    /// <summary>Our answer where the session has failed.</summary>
    public static SmtpReply From(string nextHop, NextHopException failure) => failure.Reply is { } reply
        ? From(nextHop, reply)
        : new SmtpReply(451, Status(failure.Fault), $"{nextHop}: {failure.Message}");

    public static SmtpReply Busy(string nextHop) => new(451, "4.3.2", $"{nextHop}: all sessions with it are in use; try later");

    public static SmtpReply DnsFailure(string host) => new(451, "4.4.3", $"{host}: DNS did not answer for its address");

    public static SmtpReply NoAddress(string host) => new(451, "4.4.4", $"{host}: it has no address");

    public static SmtpReply Forbidden(string host) => new(550, "5.7.1", $"relaying denied: {host} leads to no public address");

    public static SmtpReply ChangedItsMind(string nextHop) =>
        new(451, "4.4.2", $"{nextHop}: it closed the session, and in a new one does not take every recipient again");

    // RFC 3463, section 3.5: 4.1 no answer from host, 4.2 bad connection; section 3.6: 5.0 other protocol status.
    private static string Status(NextHopFault fault) => fault switch
    {
        NextHopFault.Unreachable or NextHopFault.TimedOut => "4.4.1",
        NextHopFault.Garbage => "4.5.0",
        _ => "4.4.2",
    };
}
