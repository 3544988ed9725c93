using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Content;

/// <summary>What comes of a phase, for one filter or all of them.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reply">4xx or 5xx where a filter refuses; else null.</param>
internal readonly record struct FilterResult(FilterOutcome Outcome, SmtpReply? Reply = null)
{
    public static FilterResult Pass => default;

    public static FilterResult Unavailable => new(FilterOutcome.Unavailable);

    public static FilterResult CannotBeDone => new(FilterOutcome.CannotBeDone);

    public static FilterResult Refuse(SmtpReply reply) => new(FilterOutcome.Refused, reply);
}
