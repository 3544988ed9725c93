using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>One RCPT of a transaction, from its arrival to its answer.</summary>
/// <param name="command">The RCPT command.</param>
/// <param name="destination">The look-up of its next hops, under way since it arrived.</param>
internal sealed class Recipient(RcptCommand command, Task<DestinationAnswer> destination)
{
    public RcptCommand Command { get; } = command;

    public Mailbox Address => Command.ForwardPath;

    public Task<DestinationAnswer> Destination { get; } = destination;

    /// <summary>The answer to its RCPT; null while undecided.</summary>
    public SmtpReply? Answer { get; set; }

    /// <summary>Why the node itself has refused it; null where it has not.</summary>
    public RefusalReason? Refused { get; private set; }

    /// <summary>What a hook says of it, for log and metrics.</summary>
    public Disposition Disposition { get; set; } = Disposition.Trusted;

    public bool IsTaken => Answer is { IsPositive: true };

    public void Refuse(RefusalReason reason) => Refuse(Replies.For(reason), reason);

    /// <summary>Answers the recipient without asking the next hop.</summary>
    /// <param name="reply">4xx or 5xx.</param>
    /// <param name="reason">For log and metrics.</param>
    public void Refuse(SmtpReply reply, RefusalReason reason)
    {
        Refused = reason;
        Answer = reply;
    }
}
