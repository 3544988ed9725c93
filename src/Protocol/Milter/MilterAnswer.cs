using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Milter;

/// <summary>A filter's answer to one event.</summary>
/// <param name="Verdict">The decision.</param>
/// <param name="Reply">The reply to the client: 4xx or 5xx. Null exactly when nothing is refused.</param>
public sealed record MilterAnswer(MilterVerdict Verdict, SmtpReply? Reply = null)
{
    internal static MilterAnswer Continue { get; } = new(MilterVerdict.Continue);

    internal static MilterAnswer Accept { get; } = new(MilterVerdict.Accept);

    internal static MilterAnswer Discard { get; } = new(MilterVerdict.Discard);

    internal static MilterAnswer Skip { get; } = new(MilterVerdict.Skip);

    internal static MilterAnswer Reject { get; } = new(MilterVerdict.Refuse, new SmtpReply(550, "5.7.1", "a content filter rejects this"));

    internal static MilterAnswer TempFail { get; } = new(MilterVerdict.Refuse, new SmtpReply(451, "4.7.1", "a content filter defers this, try again later"));

    internal static MilterAnswer Disconnect { get; } = new(MilterVerdict.Disconnect, new SmtpReply(421, "4.7.0", "a content filter ends this session, try again later"));
}
