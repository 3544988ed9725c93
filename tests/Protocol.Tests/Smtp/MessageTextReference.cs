using System.Text;
using System.Text.RegularExpressions;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

/// <summary>
/// The reference for the text reader, in the simplest form: the end of data is the first CRLF.CRLF
/// of the input with a CRLF in front of it. Line ends are CRs and an LF, an LF, or CRs.
/// </summary>
internal sealed record MessageTextReference(int Consumed, byte[] Content, TextFault Fault, TextFault RefusedFault)
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
        var lines = Regex.Matches(Encoding.Latin1.GetString(text), "([^\r\n]*)(\r*\n|\r+)");
        var content = new StringBuilder();
        var stuffed = true;
        foreach (Match line in lines)
        {
            var octets = line.Groups[1].Value;
            content.Append(stuffed && octets.StartsWith('.') ? octets[1..] : octets).Append("\r\n");
            stuffed = line.Groups[2].Value.EndsWith('\n');
        }

        var tooBig = content.Length > maxSize ? TextFault.TooBig : TextFault.None;
        return new MessageTextReference(end + 3, Encoding.Latin1.GetBytes(content.ToString()), tooBig, FindBare(text) is var bare and not TextFault.None ? bare : tooBig);
    }

    private static TextFault FindBare(byte[] text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n'))
            {
                return TextFault.BareCr;
            }

            if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            {
                return TextFault.BareLf;
            }
        }

        return TextFault.None;
    }
}
