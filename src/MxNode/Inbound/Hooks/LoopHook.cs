using System.Text;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>Refuses mail that goes in circles, by its Received fields (RFC 5321, section 6.3): too many in all, or too many of this node's.</summary>
internal sealed class LoopHook(Session session, NodeOptions node) : SessionHook
{
    /// <summary>Received fields of any host. RFC 5321, section 6.3: at least 100 are to be allowed.</summary>
    public const int MaxReceived = 100;

    /// <summary>
    /// Received fields of this node. Without a loop a message passes a node more than once: a list or a forwarder between two
    /// domains that the network protects sends on what it got through this node.
    /// </summary>
    public const int MaxOwn = 5;

    private readonly byte[] _ours = Encoding.UTF8.GetBytes($"by {node.HostName} ({ReceivedHeader.Product}) ");

    public override async ValueTask<Step> MessageAsync(MessageDraft draft)
    {
        using var head = await draft.Text.ReadHeadAsync(MessageDraft.MaxHeaderOctets, session.Gone);
        return IsLoop(head.Octets.Span) ? Step.Refuse(RefusalReason.MailLoop) : Step.Continue;
    }

    private bool IsLoop(ReadOnlySpan<byte> text)
    {
        var (received, own) = (0, 0);
        var inReceived = false;
        while (text.Length > 0)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..(end + 1)];
            text = text[line.Length..];
            if (line.SequenceEqual("\r\n"u8))
            {
                return false;
            }

            var folded = line[0] is (byte)' ' or (byte)'\t';
            inReceived = folded ? inReceived : line.Length >= 9 && Ascii.EqualsIgnoreCase(line[..9], "Received:"u8);
            received += inReceived && !folded ? 1 : 0;
            own += inReceived && line.IndexOf(_ours) >= 0 ? 1 : 0;
            if (received > MaxReceived || own > MaxOwn)
            {
                return true;
            }
        }

        return false;
    }
}
