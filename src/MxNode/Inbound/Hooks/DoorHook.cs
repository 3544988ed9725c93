namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>A block far over its rate is refused for now before anything is read.</summary>
internal sealed class DoorHook(Throttle.Throttle throttle) : SessionHook
{
    public override ValueTask<Refusal?> ConnectAsync(Session session) =>
        new(!session.IsTrusted && throttle.IsRefusedAtDoor(session.Block, out var verdict) ? Replies.Refuse(verdict) : null);
}
