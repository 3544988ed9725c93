using System.Globalization;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Turns decisions into answers. A text names the network, the client's address, the mail server's id and, where it is known, the
/// minutes until the relays take the client's mail. It never blames the recipient, whose address Postfix may put in front.
/// </summary>
internal sealed class GuardReplies(Live<GuardOptions> options, NetworkOptions network, HelpLink help)
{
    private const int MaxId = 40;

    // Octets: with the code and what Postfix puts in front (client or recipient), the reply stays under 510. What does not fit is left out.
    private const int MaxText = 400;

    private readonly string _magic = network.Names is [var name, ..] ? name : "the magic MX";

    /// <summary>The answer as Postfix takes it (access(5)). After 421 Postfix closes the connection.</summary>
    public string ForPostfix(GuardDecision decision) => For(decision) switch
    {
        null => "DUNNO",
        { Code: 450 } reply => $"DEFER {reply.Status} {reply.Text}",
        { } reply => $"{reply.Code} {reply.Status} {reply.Text}",
    };

    /// <summary>The SMTP reply that the mail server should give its client; null to take the mail.</summary>
    public GuardReply? For(GuardDecision decision) => decision.Reason switch
    {
        GuardReason.Authenticated or GuardReason.Trusted or GuardReason.Relay => null,
        GuardReason.Seen => Reply(450, "4.7.1", $"{_magic} limits how much mail {decision.Address} sends; it takes the next one {When(decision.PassesIn)}, so send there", decision),
        GuardReason.Courtesy => Reply(450, "4.7.1", $"This domain takes mail from unknown hosts through {_magic} only; {decision.Address} should send there", decision),
        GuardReason.Exhausted => Reply(Refuses(decision) ? 554 : 421, Refuses(decision) ? "5.7.1" : "4.7.1", $"This domain takes mail from unknown hosts through {_magic} only; {decision.Address} should send there", decision),
        _ => Reply(450, "4.3.0", $"It is not known at the moment whether {decision.Address?.ToString() ?? "this host"} may send here directly; try again later, or send to {_magic}", decision),
    };

    /// <summary>The answer's name in metrics and log.</summary>
    public static string NameOf(GuardReason reason) => reason switch
    {
        GuardReason.Authenticated or GuardReason.Trusted or GuardReason.Relay => "pass",
        GuardReason.Seen => "seen",
        GuardReason.Courtesy => "courtesy",
        GuardReason.Exhausted => "refuse",
        _ => "unsure",
    };

    // Beside a relay or a trusted host, the unknown host may be one of them with a new address.
    private bool Refuses(GuardDecision decision) => options.Current.Refuse && !decision.IsSpared;

    private GuardReply Reply(int code, string status, string text, GuardDecision decision)
    {
        var id = string.Concat(decision.Mail.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-').Take(MaxId));
        var link = help.For(decision.Address, id) is { } url ? $", see {url}" : "";
        var withId = id.Length > 0 ? $"{text} (id {id})" : text;
        return new GuardReply(code, status, withId.Length + link.Length <= MaxText ? withId + link : text.Length + link.Length <= MaxText ? text + link : text);
    }

    private static string When(TimeSpan passesIn) => passesIn <= TimeSpan.Zero
        ? "now"
        : Math.Ceiling(passesIn.TotalMinutes) switch { 1 => "in 1 minute", var minutes => string.Create(CultureInfo.InvariantCulture, $"in {minutes} minutes") };
}
