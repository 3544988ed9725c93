namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>Refuses a connection from a block far over its limit, before the greeting.</summary>
internal sealed class ConnectHook(Session session, Throttle.Throttle throttle, RateReplies replies) : SessionHook
{
    public override ValueTask<Step> ConnectAsync() =>
        new(!session.IsTrusted && throttle.IsRefusedAtConnect(session.Block, out var verdict) ? replies.Refuse(RateReplies.Refusal(verdict), session) : Step.Continue);
}
