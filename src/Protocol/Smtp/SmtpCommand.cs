using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The commands this node knows (RFC 5321, RFC 3030, RFC 3207, Postfix XCLIENT_README).</summary>
public enum SmtpVerb
{
    Unknown,
    Helo,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Noop,
    Quit,
    Vrfy,
    Expn,
    Help,
    StartTls,
    Xclient,
}

/// <summary>A command line, taken apart at its first blank.</summary>
/// <param name="Verb">The command; unknown for commands that this node does not implement.</param>
/// <param name="Argument">The text after the verb, without blanks around it; for MAIL and RCPT it begins with FROM: or TO:.</param>
public readonly record struct SmtpCommand(SmtpVerb Verb, string Argument)
{
    /// <summary>The whole line of an unknown command; null for a known one.</summary>
    public string? UnknownLine { get; init; }

    private static ReadOnlySpan<char> Blanks => " \t";

    /// <summary>Parses a line without its CRLF. The caller limits its length.</summary>
    /// <returns>
    /// False if the line holds control characters other than HT, or is not UTF-8 (RFC 6531, section 3.3). The name that HELO and EHLO
    /// give may be of any character set; it is read as Latin-1 then.
    /// </returns>
    public static bool TryParse(in ReadOnlySequence<byte> line, out SmtpCommand command)
    {
        command = default;
        var octets = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
        var isUtf8 = Utf8.IsValid(octets);
        var text = (isUtf8 ? Encoding.UTF8 : Encoding.Latin1).GetString(octets).AsSpan();
        foreach (var c in text)
        {
            if (char.IsControl(c) && c != '\t')
            {
                return false;
            }
        }

        var end = text.IndexOfAny(Blanks);
        var verb = end < 0 ? text : text[..end];
        var argument = end < 0 ? default : text[end..].Trim(Blanks);
        var found = FindVerb(verb);
        command = new SmtpCommand(found, argument.ToString()) { UnknownLine = found == SmtpVerb.Unknown ? text.ToString() : null };
        return isUtf8 || command.Verb is SmtpVerb.Helo or SmtpVerb.Ehlo;
    }

    private static SmtpVerb FindVerb(ReadOnlySpan<char> word)
    {
        Span<char> upper = stackalloc char[8]; // as long as the longest verb
        var length = word.ToUpperInvariant(upper);
        return length < 0
            ? SmtpVerb.Unknown
            : upper[..length] switch
            {
                "HELO" => SmtpVerb.Helo,
                "EHLO" => SmtpVerb.Ehlo,
                "MAIL" => SmtpVerb.Mail,
                "RCPT" => SmtpVerb.Rcpt,
                "DATA" => SmtpVerb.Data,
                "BDAT" => SmtpVerb.Bdat,
                "RSET" => SmtpVerb.Rset,
                "NOOP" => SmtpVerb.Noop,
                "QUIT" => SmtpVerb.Quit,
                "VRFY" => SmtpVerb.Vrfy,
                "EXPN" => SmtpVerb.Expn,
                "HELP" => SmtpVerb.Help,
                "STARTTLS" => SmtpVerb.StartTls,
                "XCLIENT" => SmtpVerb.Xclient,
                _ => SmtpVerb.Unknown,
            };
    }
}
