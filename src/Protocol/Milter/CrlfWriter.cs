using System.Buffers;

namespace ThrottleNet.Protocol.Milter;

/// <summary>Brings the lines of a replaced body to CRLF: LF alone and CR alone become line ends, too. The pieces may be cut anywhere.</summary>
public sealed class CrlfWriter
{
    private bool _carriageReturn; // the last octet was one, and is not written yet
    private bool _inLine;

    /// <summary>Writes a piece.</summary>
    public void Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        while (piece.Length > 0)
        {
            if (_carriageReturn || piece[0] == (byte)'\n')
            {
                output.Write("\r\n"u8);
                _inLine = false;
                piece = piece[0] == (byte)'\n' ? piece[1..] : piece;
                _carriageReturn = false;
                continue;
            }

            var end = piece.IndexOfAny((byte)'\r', (byte)'\n');
            var line = end < 0 ? piece : piece[..end];
            output.Write(line);
            _inLine |= line.Length > 0;
            piece = piece[line.Length..];
            if (piece.Length > 0 && piece[0] == (byte)'\r')
            {
                _carriageReturn = true;
                piece = piece[1..];
            }
        }
    }

    /// <summary>Ends the last line, if it has no end.</summary>
    public void Finish(IBufferWriter<byte> output)
    {
        if (_carriageReturn || _inLine)
        {
            output.Write("\r\n"u8);
        }

        (_carriageReturn, _inLine) = (false, false);
    }
}
