using System.Buffers;
using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// Reads a message's text at any split, as it follows DATA (RFC 5321, sections 4.1.1.4 and 4.5.2) or as the octets of BDAT chunks
/// (RFC 3030). What it writes has CRLF line ends and no other CR or LF, so that no other server's idea of a line end can hide a second
/// message in the first (CVE-2023-51764 and its kin).
/// <list type="bullet">
/// <item>After DATA the only end of data is CRLF.CRLF, or .CRLF at the very beginning; a bare CR or LF is never part of it.</item>
/// <item>A bare LF, a bare CR, and CRs before CRLF become one CRLF; or they are a fault.</item>
/// <item>After DATA the dot that begins a line is taken off, also behind a bare LF, because a client that ends its lines so stuffs them
/// so; never behind a bare CR.</item>
/// <item>Lines may have any length. NUL and every other octet are content.</item>
/// </list>
/// After a fault, and when the content exceeds the maximum, reading goes on to the end of data and nothing more is written.
/// Allocates nothing. One reader reads one message.
/// </summary>
/// <param name="maxSize">The most content octets to take and to write.</param>
/// <param name="bare">How a bare CR or LF is treated.</param>
/// <param name="isDotStuffed">True after DATA; false for chunks, which have neither stuffed dots nor an end of data.</param>
public sealed class MessageTextReader(long maxSize, BareLineEnds bare = BareLineEnds.Normalise, bool isDotStuffed = true)
{
    private State _state = State.LineStart;
    private bool _isInHeader = true;
    private bool _isLineEmpty = true;

    private enum State
    {
        /// <summary>After CRLF, or at the beginning.</summary>
        LineStart,

        /// <summary>After a bare LF: the start of a line, but of no end of data.</summary>
        AfterLf,

        /// <summary>After a dot behind CRLF; the dot is never content.</summary>
        Dot,

        /// <summary>After CR that follows such a dot.</summary>
        DotCr,

        /// <summary>Within a line.</summary>
        Text,

        /// <summary>After one or more CRs, which are not written yet.</summary>
        Cr,

        /// <summary>After the end of data.</summary>
        End,
    }

    /// <summary>The fault in the text: the first bare CR or LF if these are refused, else that the text is too long.</summary>
    public TextFault Fault { get; private set; }

    /// <summary>Content octets so far, written or not. CRLF counts as two, stuffed dots do not count (RFC 1870, section 5).</summary>
    public long Size { get; private set; }

    /// <summary>True when the content holds an octet over 127: it is not 7BIT (RFC 6152).</summary>
    public bool IsEightBit { get; private set; }

    /// <summary>True when such an octet stands in the header section (RFC 6531 is needed).</summary>
    public bool IsHeaderEightBit { get; private set; }

    /// <summary>
    /// Reads on. Everything in <paramref name="buffer"/> is consumed, except what follows the end of data.
    /// Content goes to <paramref name="output"/>, never more than the maximum in all.
    /// </summary>
    /// <returns>True when the end of data has been consumed; never for chunks.</returns>
    public bool Read(ref ReadOnlySequence<byte> buffer, IBufferWriter<byte> output)
    {
        var consumed = 0L;
        foreach (var segment in buffer)
        {
            consumed += Read(segment.Span, output);
            if (_state == State.End)
            {
                break;
            }
        }

        buffer = buffer.Slice(consumed);
        return _state == State.End;
    }

    /// <summary>Ends a text that came in chunks. A CR that still waits for its LF is a bare CR.</summary>
    public void FinishChunks(IBufferWriter<byte> output)
    {
        if (_state == State.Cr)
        {
            EndBareLine(TextFault.BareCr, output);
        }

        _state = State.End;
    }

    private int Read(ReadOnlySpan<byte> wire, IBufferWriter<byte> output)
    {
        var run = 0; // where content begins that is not passed on yet; runs are long, lines are short
        var at = 0;
        while (at < wire.Length && _state != State.End)
        {
            var octet = wire[at];
            switch (_state)
            {
                case State.LineStart or State.AfterLf when octet == '.' && isDotStuffed:
                    Pass(wire[run..at], output);
                    run = ++at;
                    _state = _state == State.LineStart ? State.Dot : State.Text;
                    break;

                case State.LineStart or State.AfterLf or State.Text:
                    ReadLine(wire, ref run, ref at, output);
                    break;

                case State.Dot:
                    _state = octet == '\r' ? State.DotCr : State.Text;
                    at += octet == '\r' ? 1 : 0;
                    run = at;
                    break;

                case State.DotCr:
                    _state = octet == '\n' ? State.End : State.Cr;
                    at += octet == '\n' ? 1 : 0;
                    run = at;
                    break;

                default:
                    ReadAfterCr(octet, ref at, output);
                    run = at;
                    break;
            }
        }

        Pass(wire[run..at], output);
        return at;
    }

    // Reads to behind the line's CRLF, which stays in the run; or to behind a bare LF, or a CR whose next octet is not LF or not there; or
    // to the end of the span.
    private void ReadLine(ReadOnlySpan<byte> wire, ref int run, ref int at, IBufferWriter<byte> output)
    {
        var length = wire[at..].IndexOfAny((byte)'\r', (byte)'\n');
        if (length < 0)
        {
            _isLineEmpty = false;
            _state = State.Text;
            at = wire.Length;
            return;
        }

        var end = at + length;
        _isLineEmpty &= length == 0;
        if (wire[end] == '\r' && end + 1 < wire.Length && wire[end + 1] == '\n')
        {
            at = end + 2;
            _state = State.LineStart;
            if (_isLineEmpty && _isInHeader)
            {
                Pass(wire[run..at], output);
                run = at;
            }

            EndLine();
            return;
        }

        Pass(wire[run..end], output);
        run = at = end + 1;
        if (wire[end] == '\n')
        {
            EndBareLine(TextFault.BareLf, output);
            _state = State.AfterLf;
        }
        else
        {
            _state = State.Cr;
        }
    }

    private void ReadAfterCr(byte octet, ref int at, IBufferWriter<byte> output)
    {
        switch (octet)
        {
            case (byte)'\n':
                at++;
                Pass("\r\n"u8, output);
                EndLine();
                _state = State.LineStart;
                break;
            case (byte)'\r':
                at++;
                Refuse(TextFault.BareCr);
                break;
            default:
                EndBareLine(TextFault.BareCr, output);
                _state = State.Text;
                break;
        }
    }

    private void EndBareLine(TextFault fault, IBufferWriter<byte> output)
    {
        Refuse(fault);
        Pass("\r\n"u8, output);
        EndLine();
    }

    private void EndLine()
    {
        _isInHeader &= !_isLineEmpty;
        _isLineEmpty = true;
    }

    private void Refuse(TextFault fault)
    {
        if (bare == BareLineEnds.Refuse && Fault is TextFault.None or TextFault.TooBig)
        {
            Fault = fault;
        }
    }

    private void Pass(ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        if (content.IsEmpty)
        {
            return;
        }

        Size += content.Length;
        if (Size > maxSize && Fault == TextFault.None)
        {
            Fault = TextFault.TooBig;
        }

        if (Fault != TextFault.None)
        {
            return;
        }

        if ((!IsEightBit || (_isInHeader && !IsHeaderEightBit)) && !Ascii.IsValid(content))
        {
            IsEightBit = true;
            IsHeaderEightBit |= _isInHeader;
        }

        output.Write(content);
    }
}
