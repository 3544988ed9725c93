using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// A message whose text is complete and that no other host has seen: what hooks look at, and whose header section and body they may
/// change, before it is committed. The node's own Received field is not part of it; it is put before everything else.
/// </summary>
/// <param name="text">The text as the client sent it; it stays its owner's.</param>
/// <param name="facts">What that text needs of a next hop.</param>
internal sealed class MessageDraft(MessageText text, TextFacts facts) : IAsyncDisposable
{
    /// <summary>Octets looked at for the header section. Fields beyond them go on unchanged, and cannot be changed.</summary>
    public const int MaxHeaderOctets = 256 * 1024;

    private HeaderSection? _header;
    private MessageText? _body; // in place of the client's

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
        await foreach (var piece in (_body ?? text).ReadPiecesAsync(_body is null ? header.Length : 0, cancel))
        {
            yield return piece;
        }
    }

    /// <summary>Puts another body in the place of the client's.</summary>
    /// <param name="body">The empty line that ends the header section, then the body, lines ended by CRLF. The draft disposes of it.</param>
    public async ValueTask ReplaceBodyAsync(MessageText body, CancellationToken cancel)
    {
        await ReadHeaderAsync(cancel);
        await DisposeAsync();
        _body = body;
    }

    /// <summary>The message as it goes out.</summary>
    /// <param name="received">The node's Received field, with its CRLF.</param>
    public OutgoingMessage ToMessage(ReadOnlyMemory<byte> received)
    {
        if (_header is null || (_body is null && !_header.IsChanged))
        {
            return new OutgoingMessage(received, text, facts);
        }

        var head = new ArrayBufferWriter<byte>(received.Length + _header.Length + 256);
        head.Write(received.Span);
        _header.WriteTo(head);
        var isHeaderEightBit = facts.IsHeaderEightBit || !Ascii.IsValid(head.WrittenSpan);

        // A replaced body was not searched for octets over 127.
        return _body is null
            ? new OutgoingMessage(head.WrittenMemory, text, new TextFacts(facts.IsEightBit || isHeaderEightBit, isHeaderEightBit), _header.Length)
            : new OutgoingMessage(head.WrittenMemory, _body, new TextFacts(true, isHeaderEightBit));
    }

    /// <summary>Disposes of a body that took the place of the client's; the client's text stays its owner's.</summary>
    public ValueTask DisposeAsync() => _body?.DisposeAsync() ?? ValueTask.CompletedTask;
}
