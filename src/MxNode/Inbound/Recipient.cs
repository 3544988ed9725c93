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

    /// <summary>The client is a guesser and the domain silent: the client must not learn whether the recipient exists.</summary>
    public bool HidesUnknown { get; set; }

    /// <summary>The client was answered 250, and the recipient gets nothing.</summary>
    public bool IsDropped { get; private set; }

    /// <summary>The recipient gets the message.</summary>
    public bool IsTaken => Answer is { IsPositive: true } && !IsDropped;

    /// <summary>Answers a recipient of a silent domain: the same whether it exists or not.</summary>
    /// <param name="said">The next hop's answer.</param>
    public void Hide(SmtpReply said)
    {
        IsDropped = RelayReplies.IsUnknownMailbox(said);
        Answer = IsDropped || said.IsPositive ? Replies.RecipientOk : said;
    }

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
