using ThrottleNet.Counting;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>One RCPT of a transaction, from its arrival to its answer.</summary>
/// <param name="address">The forward-path.</param>
/// <param name="destination">The look-up of its next hops, under way since it arrived.</param>
internal sealed class Recipient(Mailbox address, Task<DestinationAnswer> destination)
{
    public Mailbox Address { get; } = address;

    public Task<DestinationAnswer> Destination { get; } = destination;

    /// <summary>The throttle's count of it; null where trust lets it through uncounted.</summary>
    public Attempt? Attempt { get; set; }

    /// <summary>Its count against the rate of the client's trust; null where that has none, or no more of it.</summary>
    public Attempt? Vouched { get; set; }

    /// <summary>The answer to its RCPT; null while undecided.</summary>
    public SmtpReply? Answer { get; set; }

    /// <summary>The throttle's verdict on it; null for those it was not asked about.</summary>
    public Verdict? Verdict { get; set; }

    public RefusalReason? Refused { get; private set; }

    public bool IsTaken => Answer is { IsPositive: true };

    public void Refuse(Refusal refusal)
    {
        Refused = refusal.Reason;
        Answer = Replies.For(refusal);
    }
}
