namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>Refuses a connection from a block far over its limit, before anything is read.</summary>
internal sealed class DoorHook(Session session, Throttle.Throttle throttle) : SessionHook
{
    public override ValueTask<Step> ConnectAsync() =>
        new(!session.IsTrusted && throttle.IsRefusedAtDoor(session.Block, out var verdict) ? Step.Refuse(Replies.Refuse(verdict)) : Step.Continue);
}
