using System.Buffers;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The result of an attempt to read a line.</summary>
public enum LineStatus
{
    /// <summary>No line end within the octets at hand, and the cap is not reached.</summary>
    NeedMore,

    /// <summary>A line was read.</summary>
    Line,

    /// <summary>The line does not end within the cap.</summary>
    TooLong,

    /// <summary>CR or LF without its partner (RFC 5321, section 2.3.8 forbids both).</summary>
    BareLineEnd,
}

/// <summary>Reads command lines: ended by CRLF and by nothing else.</summary>
public static class SmtpLine
{
    private static ReadOnlySpan<byte> LineEnds => "\r\n"u8;

    /// <summary>
    /// Reads one line. Pure: the result depends on the octets alone, never on how they are split.
    /// <see cref="LineStatus.NeedMore"/> consumes nothing and happens only with less than <paramref name="cap"/> octets at hand.
    /// <see cref="LineStatus.BareLineEnd"/> consumes the offending octet and what stands before it.
    /// <see cref="LineStatus.TooLong"/> consumes the octets read; <see cref="TrySkipRest"/> skips the rest of the line.
    /// </summary>
    /// <param name="buffer">The octets at hand; afterwards what is left of them.</param>
    /// <param name="cap">The longest line allowed, in octets, CRLF included.</param>
    /// <param name="line">The line without its CRLF; empty unless a line was read.</param>
    public static LineStatus TryRead(ref ReadOnlySequence<byte> buffer, int cap, out ReadOnlySequence<byte> line)
    {
        line = default;
        var full = buffer.Length >= cap;
        var reader = new SequenceReader<byte>(full ? buffer.Slice(0, cap) : buffer);
        if (!reader.TryAdvanceToAny(LineEnds, advancePastDelimiter: false))
        {
            return full ? TooLong(ref buffer, cap) : LineStatus.NeedMore;
        }

        var length = reader.Consumed;
        reader.TryRead(out var first);
        if (first == '\r')
        {
            if (!reader.TryPeek(out var second))
            {
                return full ? TooLong(ref buffer, length) : LineStatus.NeedMore;
            }

            if (second == '\n')
            {
                line = buffer.Slice(0, length);
                buffer = buffer.Slice(length + 2);
                return LineStatus.Line;
            }
        }

        buffer = buffer.Slice(length + 1);
        return LineStatus.BareLineEnd;
    }

    /// <summary>
    /// Throws away the rest of a line that was too long, its CRLF included.
    /// Call it with all further input until it returns true; it holds nothing back but a CR at the end of the buffer.
    /// </summary>
    /// <returns>True when the line end has been consumed.</returns>
    public static bool TrySkipRest(ref ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (reader.TryReadTo(out ReadOnlySequence<byte> _, LineEnds))
        {
            buffer = reader.UnreadSequence;
            return true;
        }

        if (!buffer.IsEmpty)
        {
            var last = buffer.Slice(buffer.Length - 1);
            buffer = last.FirstSpan[0] == '\r' ? last : buffer.Slice(buffer.End);
        }

        return false;
    }

    private static LineStatus TooLong(ref ReadOnlySequence<byte> buffer, long looked)
    {
        buffer = buffer.Slice(looked);
        return LineStatus.TooLong;
    }
}
