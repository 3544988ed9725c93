using System.Globalization;
using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// Replies about rate. People read them in bounces and delay notices, so each names the network, the client's address, the minutes, and the
/// session's id, and ends with the help page. None accuses: an honest host may share its limit with others.
/// </summary>
internal sealed class RateReplies(NetworkOptions network, HelpLink help)
{
    /// <summary>Octets of a reply line without its CRLF (RFC 5321, section 4.5.3.1.5).</summary>
    public const int MaxLine = 510;

    // How soon a place among the connections of a host is likely to be free.
    private static readonly TimeSpan ConnectionTime = TimeSpan.FromMinutes(1);

    private readonly string _network = network.Names is [var name, ..] ? name : "This network";

    /// <summary>The reply to a client whose rate is over a limit.</summary>
    /// <param name="refusal">The limit, one of those that <see cref="IsAboutRate"/> names, and the time.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="session">The session's id.</param>
    public SmtpReply For(Refusal refusal, IPAddress client, string session)
    {
        var reply = Replies.For(refusal.Reason);
        var time = refusal.RetryAfter > TimeSpan.Zero ? refusal.RetryAfter : ConnectionTime;
        var text = $" limits mail by sending host: {reply.Lines[0]} {client}, try again in {Minutes(time)} (session {session})";
        var link = help.For(client, session) is { } url ? $", see {url}" : "";

        // The names in the configuration may be longer than a line.
        var fits = "451 4.7.1 ".Length + _network.Length + text.Length + link.Length <= MaxLine;
        return reply with { Lines = [(fits ? _network : "This network") + text + link] };
    }

    /// <inheritdoc cref="For(Refusal, IPAddress, string)"/>
    public Step Refuse(Refusal refusal, Session session) => Step.Answer(For(refusal, session.Client.Address, session.Id), refusal.Reason);

    /// <summary>The throttle's negative verdict as a refusal.</summary>
    public static Refusal Refusal(Verdict verdict) => new(
        verdict.Reason switch
        {
            VerdictReason.FarOverLimit => RefusalReason.FarOverLimit,
            VerdictReason.GuessingRecipients => RefusalReason.GuessingRecipients,
            VerdictReason.RefusedContent => RefusalReason.RefusedContent,
            VerdictReason.OverDayLimit => RefusalReason.OverDayLimit,
            VerdictReason.OverHardLimit => RefusalReason.OverHardLimit,
            VerdictReason.ManyNewcomers => RefusalReason.ManyNewcomers,
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict.Reason, null),
        },
        verdict.RetryAfter);

    /// <summary>Whether a reason is a limit on how much a host sends.</summary>
    public static bool IsAboutRate(RefusalReason reason) => reason is
        RefusalReason.TooManyConnectionsFromBlock or RefusalReason.FarOverLimit or RefusalReason.OverHardLimit
        or RefusalReason.OverDayLimit or RefusalReason.ManyNewcomers or RefusalReason.GuessingRecipients or RefusalReason.RefusedContent;

    private static string Minutes(TimeSpan time)
    {
        var minutes = Math.Max(1, Math.Ceiling(time.TotalMinutes));
        return minutes == 1 ? "1 minute" : string.Create(CultureInfo.InvariantCulture, $"{minutes} minutes");
    }
}
