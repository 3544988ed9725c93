using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>Refuses an untrusted client that gives this node's own name: it lies, or it is this node calling itself.</summary>
internal sealed class HelloHook(Session session, NodeOptions node) : SessionHook
{
    // The default name is no name of this node: an operator has not set one.
    private static readonly string Unnamed = new NodeOptions().HostName;

    public override ValueTask<Step> HelloAsync() =>
        new(!session.IsTrusted && string.Equals(session.Hello, node.HostName, StringComparison.OrdinalIgnoreCase) && node.HostName != Unnamed
            ? Step.Refuse(RefusalReason.OurOwnName)
            : Step.Continue);
}
