using System.Buffers;
using System.Text;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>Finds mail that goes in circles by its trace lines (RFC 5321, section 6.3): too many of them, or too many of this node's.</summary>
internal sealed class LoopHook(NodeOptions node) : SessionHook
{
    /// <summary>RFC 5321, section 6.3 wants at least 100 allowed; 50 is what Postfix and Exim users live with.</summary>
    public const int MaxReceived = 50;

    /// <summary>
    /// A message passes a node more than once without being in a loop: a list or a forwarder between two domains that the
    /// network protects sends on what it got through this node.
    /// </summary>
    public const int MaxOwn = 5;

    // Headers end somewhere; what claims to be longer is not searched further.
    private const int MaxHeaderOctets = 256 * 1024;

    private readonly byte[] _ours = Encoding.UTF8.GetBytes($"by {node.HostName} ({ReceivedHeader.Product}) ");

    public override ValueTask<Refusal?> MessageAsync(Session session, MessageText text)
    {
        using var header = text.OpenRead();
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(MaxHeaderOctets, Math.Max(1, text.Length)));
        try
        {
            var read = header.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return new(IsLoop(buffer.AsSpan(0, read)) ? new Refusal(RefusalReason.MailLoop) : null);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Whether a message with this beginning goes in circles.</summary>
    public bool IsLoop(ReadOnlySpan<byte> text)
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

            inReceived = line[0] is (byte)' ' or (byte)'\t'
                ? inReceived
                : line.Length >= 9 && Ascii.EqualsIgnoreCase(line[..9], "Received:"u8);
            received += inReceived && line[0] is not ((byte)' ' or (byte)'\t') ? 1 : 0;
            own += inReceived && line.IndexOf(_ours) >= 0 ? 1 : 0;
            if (received > MaxReceived || own > MaxOwn)
            {
                return true;
            }
        }

        return false;
    }
}
