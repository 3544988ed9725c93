using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>Nobody else has this node's name; who says so lies, or is this node talking to itself.</summary>
internal sealed class HelloHook(NodeOptions node) : SessionHook
{
    public override ValueTask<Refusal?> HelloAsync(Session session) =>
        new(!session.IsTrusted && string.Equals(session.Hello, node.HostName, StringComparison.OrdinalIgnoreCase) && node.HostName != new NodeOptions().HostName
            ? new Refusal(RefusalReason.OurOwnName)
            : null);
}
