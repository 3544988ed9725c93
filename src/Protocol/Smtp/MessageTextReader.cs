using System.Buffers;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>Why a message's text cannot be taken.</summary>
public enum MessageFault
{
    None,

    /// <summary>CR without LF after it.</summary>
    BareCr,

    /// <summary>LF without CR before it.</summary>
    BareLf,

    /// <summary>A line over <see cref="SmtpLimits.TextLine"/>.</summary>
    LineTooLong,

    /// <summary>More content than allowed.</summary>
    TooBig,
}

/// <summary>
/// Reads the text after DATA (RFC 5321, sections 4.1.1.4 and 4.5.2) at any split, and takes the dot-stuffing off.
/// The only end of data is CRLF.CRLF, or .CRLF at the very beginning. A CR or LF alone is a fault and never part of an end,
/// so that a second message cannot be hidden in the first for a server that reads line ends otherwise (SMTP smuggling, CVE-2023-51764).
/// After a fault, and when the content is over <paramref name="maxSize"/>, reading goes on to the end of data and nothing more is written.
/// NUL and every other octet are content. Allocates nothing.
/// </summary>
/// <param name="maxSize">The most content octets to take and to write.</param>
public sealed class MessageTextReader(long maxSize)
{
    private State _state = State.LineStart;
    private int _lineLength;

    private enum State
    {
        /// <summary>After CRLF, or at the beginning.</summary>
        LineStart,

        /// <summary>After a dot at the start of a line; the dot is never content.</summary>
        Dot,

        /// <summary>After CR that follows such a dot; the CR is not counted yet.</summary>
        DotCr,

        /// <summary>Within a line.</summary>
        Text,

        /// <summary>After CR in a line; the CR is not counted and not written yet.</summary>
        TextCr,

        /// <summary>After the end of data.</summary>
        End,
    }

    /// <summary>
    /// The fault in the text. A bare CR or LF takes precedence over a long line, and that over size, in any order in the text.
    /// Of several bare CRs and LFs the first is reported.
    /// </summary>
    public MessageFault Fault { get; private set; }

    /// <summary>
    /// Content octets so far, written or not. CRLF counts as two, stuffed dots do not count (RFC 1870, section 5).
    /// </summary>
    public long Size { get; private set; }

    /// <summary>
    /// Reads on. Everything in <paramref name="buffer"/> is consumed, except what follows the end of data.
    /// Content without stuffed dots, with all its CRLFs, goes to <paramref name="output"/>, never more than the maximum in all.
    /// </summary>
    /// <returns>True when the end of data has been consumed; one reader reads one message.</returns>
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

    private int Read(ReadOnlySpan<byte> wire, IBufferWriter<byte> output)
    {
        var run = 0; // the beginning of content that is not passed on yet; runs are long, lines are short
        var at = 0;
        while (at < wire.Length && _state != State.End)
        {
            var octet = wire[at];
            switch (_state)
            {
                case State.LineStart when octet == '.':
                    Pass(wire[run..at], output);
                    run = ++at;
                    _state = State.Dot;
                    break;

                case State.LineStart or State.Text:
                    at += ReadLine(wire[at..]);
                    if (_state == State.TextCr)
                    {
                        Pass(wire[run..(at - 1)], output);
                        run = at;
                    }

                    break;

                case State.Dot:
                    if (octet == '\r')
                    {
                        run = ++at;
                        _state = State.DotCr;
                    }
                    else
                    {
                        _state = State.Text;
                    }

                    break;

                default: // after CR, whether the line is a dot or text
                    run = at = TakeAfterCr(octet, at, output);
                    break;
            }
        }

        Pass(wire[run..at], output);
        return at;
    }

    /// <summary>
    /// Reads up to and including the line's CRLF, or a bare LF, or a CR without LF after it; or to the end of the span.
    /// </summary>
    private int ReadLine(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0)
        {
            Lengthen(text.Length);
            _state = State.Text;
            return text.Length;
        }

        Lengthen(end);
        if (text[end] == '\n')
        {
            Fail(MessageFault.BareLf);
            _state = State.Text;
            return end + 1;
        }

        if (end + 1 < text.Length && text[end + 1] == '\n')
        {
            _lineLength = 0;
            _state = State.LineStart;
            return end + 2;
        }

        _state = State.TextCr;
        return end + 1;
    }

    private int TakeAfterCr(byte octet, int at, IBufferWriter<byte> output)
    {
        if (octet == '\n')
        {
            if (_state == State.DotCr)
            {
                _state = State.End;
            }
            else
            {
                Pass("\r\n"u8, output);
                _lineLength = 0;
                _state = State.LineStart;
            }

            return at + 1;
        }

        Fail(MessageFault.BareCr);
        Pass("\r"u8, output);
        _state = octet == '\r' ? State.TextCr : State.Text;
        return octet == '\r' ? at + 1 : at;
    }

    private void Lengthen(int octets)
    {
        _lineLength = Math.Min(_lineLength + octets, SmtpLimits.TextLine + 1); // saturates, so that no length of line overflows it
        if (_lineLength > SmtpLimits.TextLine)
        {
            Fail(MessageFault.LineTooLong);
        }
    }

    private void Fail(MessageFault fault)
    {
        if (Rank(fault) > Rank(Fault))
        {
            Fault = fault;
        }
    }

    private static int Rank(MessageFault fault) => fault switch
    {
        MessageFault.None => 0,
        MessageFault.TooBig => 1,
        MessageFault.LineTooLong => 2,
        _ => 3, // ends the session
    };

    private void Pass(ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        Size += content.Length;
        if (Size > maxSize)
        {
            Fail(MessageFault.TooBig);
        }

        if (Fault == MessageFault.None && !content.IsEmpty)
        {
            output.Write(content);
        }
    }
}
