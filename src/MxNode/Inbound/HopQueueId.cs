using System.Text.RegularExpressions;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The id under which a next hop has queued a message, where its reply to the text names one as Postfix ("queued as"), Exim ("id="), sendmail, OpenSMTPD
/// or Exchange ("InternalId=") do. The rest of a reply may name people, and is not for the log.
/// </summary>
internal static partial class HopQueueId
{
    /// <summary>The id; "none" if the reply names none.</summary>
    public static string Of(SmtpReply reply) =>
        reply.IsPositive && Named().Match(string.Join(' ', reply.Lines)) is { Success: true } match ? match.Groups.Values.Skip(1).First(g => g.Success).Value : "none";

    [GeneratedRegex(@"\bqueued as ([A-Za-z0-9.-]{4,64})\b|\b(?:Internal)?id=([A-Za-z0-9.-]{4,64})\b|^([A-Za-z0-9]{8,64}) Message accepted", RegexOptions.IgnoreCase)]
    private static partial Regex Named();
}
