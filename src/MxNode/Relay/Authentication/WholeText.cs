using System.Buffers;
using MimeKit;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>
/// A whole message in memory, parsed so far as signatures need it: the header section field by field, and the body as one part, whatever its type.
/// A body that is taken apart and put together again may lose octets, and its signature would fail.
/// </summary>
internal sealed class WholeText : IDisposable
{
    private static readonly ParserOptions BodyInOnePart = new() { MaxMimeDepth = 0 };

    private readonly byte[] _octets;
    private readonly MemoryStream _stream;

    private WholeText(byte[] octets, MemoryStream stream, MimeMessage message)
    {
        (_octets, _stream, Message) = (octets, stream, message);
    }

    public MimeMessage Message { get; }

    /// <summary>Reads a message.</summary>
    /// <param name="message">As it goes out.</param>
    /// <param name="skip">Octets at its start that are not part of what is parsed.</param>
    /// <param name="cancel">Ends the wait for the disk.</param>
    /// <returns>Null where MimeKit cannot read it.</returns>
    /// <exception cref="IOException">The file that holds the text cannot be read.</exception>
    public static async Task<WholeText?> ReadAsync(OutgoingMessage message, int skip, CancellationToken cancel)
    {
        var octets = ArrayPool<byte>.Shared.Rent((int)message.Length);
        WholeText? whole = null;
        try
        {
            await message.CopyToAsync(octets.AsMemory(0, (int)message.Length), cancel);
            return whole = await ParseAsync(octets, skip, (int)message.Length - skip, cancel);
        }
        finally
        {
            if (whole is null)
            {
                ArrayPool<byte>.Shared.Return(octets);
            }
        }
    }

    public void Dispose()
    {
        Message.Dispose();
        _stream.Dispose();
        ArrayPool<byte>.Shared.Return(_octets);
    }

    private static async Task<WholeText?> ParseAsync(byte[] octets, int from, int count, CancellationToken cancel)
    {
        var stream = new MemoryStream(octets, from, count, writable: false);
        try
        {
            return new WholeText(octets, stream, await new MimeParser(BodyInOnePart, stream, MimeFormat.Entity, persistent: true).ParseMessageAsync(cancel));
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
        {
            return null;
        }
    }
}
