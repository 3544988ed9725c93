using System.Buffers;
using System.Runtime.CompilerServices;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// A message whose text is complete and that nobody else has seen: what hooks look at, and whose header section they may change,
/// before it is committed. The node's own Received field is not part of it; it is put before everything else.
/// </summary>
internal sealed class MessageDraft(MessageText text)
{
    /// <summary>Octets looked at for the header section. Fields beyond them go on unchanged, and cannot be changed.</summary>
    public const int MaxHeaderOctets = 256 * 1024;

    private HeaderSection? _header;

    /// <summary>The text as the client sent it.</summary>
    public MessageText Text => text;

    /// <summary>The header section; what a hook changes in it is what the next hop gets.</summary>
    /// <exception cref="IOException">The file that holds the text cannot be read.</exception>
    public async ValueTask<HeaderSection> ReadHeaderAsync(CancellationToken cancel)
    {
        if (_header is null)
        {
            using var head = await text.ReadHeadAsync(MaxHeaderOctets, cancel);
            _header = new HeaderSection(head.Octets.Span, isWhole: head.Octets.Length == text.Length);
        }

        return _header;
    }

    /// <summary>The message as it is now, with the changes made so far, piece by piece; a piece is valid until the next one is asked for.</summary>
    /// <exception cref="IOException">The file that holds the text cannot be read.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPiecesAsync(CancellationToken cancel) => ToMessage(default).ReadPiecesAsync(cancel);

    /// <summary>What follows the header section of <see cref="ReadHeaderAsync"/>: the empty line and the body.</summary>
    /// <inheritdoc cref="ReadPiecesAsync"/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadBodyAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var header = await ReadHeaderAsync(cancel);
        await foreach (var piece in text.ReadPiecesAsync(header.Length, cancel))
        {
            yield return piece;
        }
    }

    /// <summary>The message as it goes out.</summary>
    /// <param name="received">The node's Received field, with its CRLF.</param>
    public OutgoingMessage ToMessage(ReadOnlyMemory<byte> received)
    {
        if (_header is not { IsChanged: true })
        {
            return new OutgoingMessage(received, text);
        }

        var head = new ArrayBufferWriter<byte>(received.Length + _header.Length + 256);
        head.Write(received.Span);
        _header.WriteTo(head);
        return new OutgoingMessage(head.WrittenMemory, text, _header.Length);
    }
}
