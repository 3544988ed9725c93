using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>The result of one step of a session: a hook at its phase, a command, a whole text.</summary>
/// <param name="Kind">How the session goes on.</param>
/// <param name="Reply">The reply to the client; null for <see cref="StepKind.Continue"/>, and when the client has disconnected.</param>
/// <param name="Reason">Why, for log and metrics; null where the reply is the next hop's or no refusal.</param>
internal readonly record struct Step(StepKind Kind, SmtpReply? Reply = null, RefusalReason? Reason = null)
{
    /// <summary>Go on.</summary>
    public static Step Continue => default;

    /// <summary>The client has disconnected: the session ends without a reply.</summary>
    public static Step Gone => new(StepKind.End);

    /// <summary>This reply is the answer at this phase. One with code 421 ends the session (RFC 5321, section 3.8).</summary>
    public static Step Answer(SmtpReply reply, RefusalReason? reason = null) => new(reply.Code == 421 ? StepKind.End : StepKind.Answer, reply, reason);

    /// <summary>The client has made an error, and the session goes on; <see cref="SmtpOptions.MaxErrors"/> of them end it.</summary>
    public static Step Error(SmtpReply reply) => new(StepKind.Answer, reply, RefusalReason.Syntax);

    /// <summary>The node refuses; <see cref="Replies.Closes"/> says whether that ends the session.</summary>
    public static Step Refuse(RefusalReason reason) =>
        new(Replies.Closes(reason) ? StepKind.End : StepKind.Answer, Replies.For(reason), reason);

    /// <summary>The node refuses, and the session ends with that.</summary>
    public static Step End(RefusalReason reason) => new(StepKind.End, Replies.For(reason), reason);
}
