using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

/// <summary>
/// What the text reader has to find, written for plainness: the end of data is the first CRLF.CRLF
/// of the wire with a CRLF put before it.
/// </summary>
internal sealed record MessageTextReference(int Consumed, byte[] Content, MessageFault Fault)
{
    /// <returns>Null if there is no end of data.</returns>
    public static MessageTextReference? Read(byte[] wire, long maxSize)
    {
        byte[] led = [.. "\r\n"u8, .. wire];
        var end = led.AsSpan().IndexOf("\r\n.\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var text = end == 0 ? [] : led[2..(end + 2)];
        var content = new List<byte>();
        var tooLong = false;
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var line = rest[..rest.IndexOf("\r\n"u8)];
            rest = rest[(line.Length + 2)..];
            line = line.StartsWith("."u8) ? line[1..] : line;
            tooLong |= line.Length > 998;
            content.AddRange([.. line, .. "\r\n"u8]);
        }

        var fault =
            FindBare(text) is var bare and not MessageFault.None ? bare
            : tooLong ? MessageFault.LineTooLong
            : content.Count > maxSize ? MessageFault.TooBig
            : MessageFault.None;
        return new MessageTextReference(end + 3, [.. content], fault);
    }

    private static MessageFault FindBare(byte[] text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n'))
            {
                return MessageFault.BareCr;
            }

            if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            {
                return MessageFault.BareLf;
            }
        }

        return MessageFault.None;
    }
}
