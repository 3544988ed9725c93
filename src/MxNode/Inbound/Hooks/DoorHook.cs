namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>Refuses a connection from a block far over its limit, before anything is read.</summary>
internal sealed class DoorHook(Session session, Throttle.Throttle throttle, RateReplies replies) : SessionHook
{
    public override ValueTask<Step> ConnectAsync() =>
        new(!session.IsTrusted && throttle.IsRefusedAtDoor(session.Block, out var verdict) ? replies.Refuse(RateReplies.Refusal(verdict), session) : Step.Continue);
}
