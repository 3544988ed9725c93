using System.Buffers;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// Turns content into what follows DATA on the wire (RFC 5321, section 4.5.2), given in pieces cut anywhere.
/// Content has CRLF line ends, as <see cref="MessageTextReader"/> leaves it. Allocates nothing.
/// One stuffer writes one message.
/// </summary>
public sealed class DotStuffer
{
    private byte _last = (byte)'\n'; // the message begins at the start of a line
    private bool _endsLine = true;

    /// <summary>Writes a piece of content, with a dot before each dot that starts a line.</summary>
    public void Write(ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        if (content.IsEmpty)
        {
            return;
        }

        if (_last == '\n' && content[0] == '.')
        {
            output.Write("."u8);
        }

        _endsLine = content.Length > 1 ? content.EndsWith("\r\n"u8) : content[0] == '\n' && _last == '\r';
        _last = content[^1];

        for (var lineEnd = content.IndexOf("\n."u8); lineEnd >= 0; lineEnd = content.IndexOf("\n."u8))
        {
            output.Write(content[..(lineEnd + 1)]);
            output.Write("."u8);
            content = content[(lineEnd + 1)..];
        }

        output.Write(content);
    }

    /// <summary>Writes the end of data, after a CRLF if the content does not end with one.</summary>
    public void Finish(IBufferWriter<byte> output) => output.Write(_endsLine ? ".\r\n"u8 : "\r\n.\r\n"u8);
}
