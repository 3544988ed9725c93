using ThrottleNet.Counting;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>
/// Refuses a connection from a block far over its limit, before the greeting. A guesser of addresses is let in where a domain is silent
/// (<see cref="RelayOptions.SilentDomains"/>): the refusal would tell it that it was found out.
/// </summary>
internal sealed class ConnectHook(Session session, NodeThrottle throttle, RateReplies replies, RelayOptions relay) : SessionHook
{
    public override ValueTask<Step> ConnectAsync() => new(
        !session.IsTrusted && throttle.IsRefusedAtConnect(session.Block, out var verdict) && (verdict.Reason != VerdictReason.GuessingRecipients || relay.SilentDomains.Count == 0)
            ? replies.Refuse(RateReplies.Refusal(verdict), session)
            : Step.Continue);
}
