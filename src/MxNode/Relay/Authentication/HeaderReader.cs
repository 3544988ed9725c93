using System.Buffers;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>
/// Reads the header section of a message, which may be in a file. At most the first <see cref="MessageDraft.MaxHeaderOctets"/> octets of the client's text are read.
/// </summary>
internal static class HeaderReader
{
    private static ReadOnlySpan<byte> EndOfSection => "\r\n\r\n"u8;

    /// <summary>The header section, up to the empty line.</summary>
    /// <exception cref="IOException">The file that holds the text cannot be read.</exception>
    public static ValueTask<HeaderSection> ReadAsync(OutgoingMessage message, CancellationToken cancel) =>
        ReadStartAsync(message, static (text, isWhole) => new HeaderSection(text, isWhole, toEmptyLine: true), cancel);

    /// <summary>Whether the header section was searched whole, and none of its lines begins with Authentication-Results. A text in memory is not copied.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public static ValueTask<bool> HasNoResultsAsync(OutgoingMessage message, CancellationToken cancel)
    {
        // The head consists of whole lines, so the rest of the text begins with a new line.
        return message.Text.InMemory is { } text
            ? ValueTask.FromResult(HasNoResults(message.Head.Span, isWhole: true) && HasNoResults(text.Span[(int)message.From..], isWhole: true))
            : ReadStartAsync(message, HasNoResults, cancel);
    }

    private static bool HasNoResults(ReadOnlySpan<byte> text, bool isWhole) => HeaderSection.HasNone(text, isWhole, "Authentication-Results"u8);

    private static async ValueTask<T> ReadStartAsync<T>(OutgoingMessage message, Func<ReadOnlySpan<byte>, bool, T> read, CancellationToken cancel)
    {
        var most = (int)Math.Min(message.Length, MessageDraft.MaxHeaderOctets + message.Head.Length);
        var octets = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            var length = 0;
            await foreach (var piece in message.ReadPiecesAsync(cancel))
            {
                var before = length;
                var fits = piece[..Math.Min(piece.Length, most - length)];
                fits.CopyTo(octets.AsMemory(length));
                length += fits.Length;
                if (length == most || octets.AsSpan(0, length)[Math.Max(0, before - EndOfSection.Length)..].IndexOf(EndOfSection) >= 0)
                {
                    break;
                }
            }

            return read(octets.AsSpan(0, length), length == message.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }
}
