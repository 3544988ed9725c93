using System.Buffers;
using System.Buffers.Binary;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Reads a segment record by record, in bounded memory. Texts are skipped; only in the last file of a run, which its node may not have
/// finished, they are checked. After octets that are no record the reader looks for the next one.
/// </summary>
/// <param name="segment">The file.</param>
/// <param name="file">The file, open, header read.</param>
/// <param name="checksTexts">Whether texts are checked.</param>
internal sealed class SegmentReader(Segment segment, FileStream file, bool checksTexts)
{
    private readonly byte[] _frame = new byte[RecordFrame.Length];

    /// <summary>The first octets that are no whole record, and where the next record or the file's end is; null if there are none.</summary>
    public (long Offset, long End)? Damage { get; private set; }

    /// <summary>The records in order: place and head. A head is valid until the next one is asked for.</summary>
    public IEnumerable<(RecordPlace Place, byte[] Head)> Read()
    {
        for (long at = Segment.HeaderLength; at < file.Length;)
        {
            if (TryRead(at) is { } record)
            {
                var end = at + record.Place.Frame.RecordLength;
                if (IsTextWhole(record.Place))
                {
                    yield return record;
                }
                else
                {
                    Damage ??= (at, Math.Min(end, file.Length));
                }

                at = end;
            }
            else
            {
                var next = FindNext(at + 1);
                Damage ??= (at, next);
                at = next;
            }
        }
    }

    private (RecordPlace Place, byte[] Head)? TryRead(long at)
    {
        file.Position = at;
        if (file.ReadAtLeast(_frame, _frame.Length, throwOnEndOfStream: false) < _frame.Length || !RecordFrame.TryRead(_frame, out var frame) || frame.HeadLength > file.Length - at)
        {
            return null;
        }

        var head = new byte[frame.HeadLength];
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && RecordFrame.IsWhole(_frame, head, segment.Salt)
            ? (new RecordPlace(segment, at, frame), head)
            : null;
    }

    private bool IsTextWhole(RecordPlace place)
    {
        if (place.Frame.TextLength == 0)
        {
            return true;
        }

        if (place.Offset + place.Frame.RecordLength > file.Length)
        {
            return false;
        }

        if (!checksTexts)
        {
            return true;
        }

        var piece = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var sum = segment.Salt;
            file.Position = place.TextOffset;
            for (var left = place.Frame.TextLength; left > 0;)
            {
                var read = file.Read(piece, 0, (int)Math.Min(left, piece.Length));
                if (read == 0)
                {
                    return false;
                }

                sum = RecordFrame.Sum(sum, piece.AsSpan(0, read));
                left -= read;
            }

            return file.ReadAtLeast(piece.AsSpan(0, RecordFrame.TextTrailer), RecordFrame.TextTrailer, throwOnEndOfStream: false) == RecordFrame.TextTrailer
                && BinaryPrimitives.ReadUInt32LittleEndian(piece) == sum;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private long FindNext(long from)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, RecordFrame.Magic);
        var window = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            while (from < file.Length)
            {
                file.Position = from;
                var read = file.ReadAtLeast(window, window.Length, throwOnEndOfStream: false);
                if (window.AsSpan(0, read).IndexOf(magic) is var found and >= 0)
                {
                    from += found;
                    if (TryRead(from) is not null)
                    {
                        return from;
                    }

                    from++;
                }
                else
                {
                    from += Math.Max(read - magic.Length + 1, 1);
                }
            }

            return file.Length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }
}
