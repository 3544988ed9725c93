using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Milter;

/// <summary>
/// Reads the reply that a filter dictates (SMFIR_REPLYCODE): lines "ddd[- ][d.d.d ]text", CRLF between them. sendmail takes the text as a
/// format string, so a percent sign comes doubled; a single one is dropped.
/// </summary>
internal static class MilterReplyCode
{
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out SmtpReply? reply)
    {
        reply = null;
        data = data is [.., 0] ? data[..^1] : data;
        var lines = Encoding.UTF8.GetString(data).Split("\r\n");
        if (lines.Length > MilterLimits.ReplyLines || !TryCode(lines[0], out var code))
        {
            return false;
        }

        EnhancedStatus? status = null;
        var texts = new string[lines.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (line.Length is < 4 or > MilterLimits.ReplyLine
                || line.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0
                || !line.AsSpan(0, 3).SequenceEqual(lines[0].AsSpan(0, 3))
                || line[3] != (i == lines.Length - 1 ? ' ' : '-'))
            {
                return false;
            }

            texts[i] = Text(line.AsSpan(4), code / 100, ref status);
        }

        // RFC 2034, section 4: the class of the enhanced status is that of the code.
        if (lines[0].Length > 4 && char.IsAsciiDigit(lines[0][4]) && lines[0][4] != lines[0][0])
        {
            return false;
        }

        reply = new SmtpReply(code, status, texts);
        return true;
    }

    private static bool TryCode(ReadOnlySpan<char> line, out int code)
    {
        code = 0;
        return line.Length >= 4 && line[0] is '4' or '5' && int.TryParse(line[..3], NumberStyles.None, CultureInfo.InvariantCulture, out code);
    }

    private static string Text(ReadOnlySpan<char> text, int replyClass, ref EnhancedStatus? status)
    {
        var blank = text.IndexOf(' ');
        if (EnhancedStatus.TryParse(blank < 0 ? text : text[..blank], out var read) && read.Class == replyClass)
        {
            status ??= read;
            text = blank < 0 ? "" : text[(blank + 1)..];
        }

        return text.Contains('%') ? Percent(text) : text.ToString();
    }

    private static string Percent(ReadOnlySpan<char> text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                plain.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == '%')
            {
                plain.Append('%');
                i++;
            }
        }

        return plain.ToString();
    }
}
