namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// Makes text fit for a reply line: printable ASCII and blanks only (RFC 5321, section 4.2, textstring),
/// so that no text, a peer's or a configured one, can end the line or begin another reply.
/// </summary>
internal static class ReplyText
{
    /// <summary>The longest text of a reply line: 512 octets without the code and its separator, the longest enhanced status and its blank, and CRLF.</summary>
    public const int MaxLength = SmtpLimits.ReplyLine - 4 - 10 - 2;

    /// <summary>One clean string a reply line; at least one line.</summary>
    public static string[] Clean(IReadOnlyList<string> lines)
    {
        if (lines.Count == 1 && lines[0].Length <= MaxLength)
        {
            return [Clean(lines[0])];
        }

        var clean = new List<string>(lines.Count);
        foreach (var line in lines)
        {
            Fold(Clean(line), clean);
        }

        return clean.Count == 0 ? [""] : [.. clean];
    }

    private static string Clean(string text) =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? string.Create(text.Length, text, static (clean, dirty) =>
            {
                for (var i = 0; i < clean.Length; i++)
                {
                    clean[i] = dirty[i] switch
                    {
                        >= ' ' and <= '~' => dirty[i],
                        < '\u0080' => ' ',
                        _ => '?', // UTF-8 may stand only in replies to a client that asked for it (RFC 6531, section 3.7.4)
                    };
                }
            })
            : text;

    private static void Fold(string text, List<string> lines)
    {
        while (text.Length > MaxLength)
        {
            var blank = text.LastIndexOf(' ', MaxLength);
            var cut = blank > 0 ? blank : MaxLength;
            lines.Add(text[..cut]);
            text = text[(blank > 0 ? cut + 1 : cut)..];
        }

        lines.Add(text);
    }
}
