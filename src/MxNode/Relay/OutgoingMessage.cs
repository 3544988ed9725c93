using System.Runtime.CompilerServices;

namespace ThrottleNet.MxNode.Relay;

/// <summary>A message as it goes out: octets of our own, then the client's text from some offset on.</summary>
/// <param name="Head">Our Received field, and the client's header fields where a content check changed them; ends with CRLF.</param>
/// <param name="Text">The client's text, complete.</param>
/// <param name="Facts">What the whole of it needs of a next hop.</param>
/// <param name="From">Octets of the text that <paramref name="Head"/> replaces; 0 where it only goes before the text.</param>
internal readonly record struct OutgoingMessage(ReadOnlyMemory<byte> Head, ITextSource Text, TextFacts Facts = default, long From = 0)
{
    /// <summary>How long the client has waited since its final dot; the next hop has so much less time to answer.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>Octets in all.</summary>
    public long Length => Head.Length + Text.Length - From;

    /// <summary>Copies the message from its start.</summary>
    /// <param name="target">Filled to its end; at most as long as the message.</param>
    /// <param name="cancel">Ends the wait for the disk.</param>
    /// <exception cref="IOException">The file that holds the text cannot be read.</exception>
    public async ValueTask CopyToAsync(Memory<byte> target, CancellationToken cancel)
    {
        await foreach (var piece in ReadPiecesAsync(cancel))
        {
            var fits = piece[..Math.Min(piece.Length, target.Length)];
            fits.CopyTo(target);
            target = target[fits.Length..];
            if (target.IsEmpty)
            {
                return;
            }
        }
    }

    /// <summary>The message from its start, piece by piece; a piece is valid until the next one is asked for.</summary>
    /// <exception cref="IOException">The file that holds the text cannot be read.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPiecesAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        yield return Head;
        await foreach (var piece in Text.ReadPiecesAsync(From, cancel))
        {
            yield return piece;
        }
    }
}
