using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>The text of a queued message: its first octets in memory, the rest in the queue's file.</summary>
/// <param name="first">The first octets.</param>
/// <param name="file">The file; null when the first octets are all.</param>
/// <param name="offset">Where the text begins in the file.</param>
/// <param name="length">Octets of the text.</param>
/// <param name="disk">Does the reading.</param>
/// <param name="descriptor">The file's; null without a file.</param>
internal sealed class QueuedText(ReadOnlyMemory<byte> first, SafeFileHandle? file, long offset, long length, DiskThreads disk, OutgoingDescriptor? descriptor) : ITextSource, IDisposable
{
    private const int Piece = 32 * 1024;

    public long Length => length;

    // Without the type, null would become an empty memory.
    public ReadOnlyMemory<byte>? InMemory => file is null ? first : default(ReadOnlyMemory<byte>?);

    /// <summary>
    /// The message as it goes out. The first line of a queued message is this node's own (of its Received field, or of a report): it goes out as the
    /// head, by which a next hop shows that it knows BDAT.
    /// </summary>
    public OutgoingMessage ToOutgoing(TextFacts facts)
    {
        var line = first.Span.IndexOf("\r\n"u8) + 2;
        return line >= 2 ? new OutgoingMessage(first[..line], this, facts, line) : new OutgoingMessage(default, this, facts);
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPiecesAsync(long from, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (from < first.Length)
        {
            yield return first[(int)from..];
            from = first.Length;
        }

        if (from >= length)
        {
            yield break;
        }

        // A read that outlives this enumeration still writes into the piece, so it is not rented.
        var piece = new byte[Piece];
        while (from < length)
        {
            var (at, wanted) = (offset + from, (int)Math.Min(Piece, length - from));
            var read = await disk.InTimeAsync(disk.RunAsync(() => RandomAccess.Read(file!, piece.AsSpan(0, wanted), at))).WaitAsync(cancel);
            if (read == 0)
            {
                throw new EndOfStreamException("the queue's file is shorter than it was");
            }

            yield return piece.AsMemory(0, read);
            from += read;
        }
    }

    public void Dispose()
    {
        file?.Dispose();
        descriptor?.Dispose();
    }
}
