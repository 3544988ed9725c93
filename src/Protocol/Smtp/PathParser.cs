using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// Reads a path (RFC 5321, section 4.1.2). A source route is read and dropped (appendix C). Two deviations of devices and scripts are
/// taken: a mailbox without angle brackets, and an unquoted local-part with dots where a Dot-string has none.
/// </summary>
internal static class PathParser
{
    /// <summary>Reads the path that <paramref name="text"/> begins with.</summary>
    /// <param name="text">Afterwards what follows the path.</param>
    /// <param name="mailbox">The mailbox; null for the null path, with Domain "" for the bare postmaster.</param>
    /// <returns>False if it is not a path, or over a limit of RFC 5321, section 4.5.3.1.</returns>
    public static bool TryRead(ref ReadOnlySpan<char> text, out Mailbox? mailbox)
    {
        mailbox = null;
        var inBrackets = TrySkip(ref text, '<');
        if (inBrackets && TrySkip(ref text, '>'))
        {
            return true;
        }

        if ((inBrackets && !TrySkipSourceRoute(ref text)) || !TryReadLocalPart(ref text, out var local, out var isLoose))
        {
            return false;
        }

        var domain = "";
        var bare = !TrySkip(ref text, '@');
        if (!bare && !TryReadDomain(ref text, inBrackets, out domain))
        {
            return false;
        }

        var read = new Mailbox(local, domain) { IsLoose = isLoose };
        if ((inBrackets && !TrySkip(ref text, '>')) || (bare && !read.IsPostmaster) || !IsWithinLimits(read))
        {
            return false;
        }

        mailbox = read;
        return true;
    }

    private static bool TrySkip(ref ReadOnlySpan<char> text, char expected)
    {
        if (!text.StartsWith(expected))
        {
            return false;
        }

        text = text[1..];
        return true;
    }

    /// <summary>"@one.example,@two.example:", or nothing.</summary>
    private static bool TrySkipSourceRoute(ref ReadOnlySpan<char> text)
    {
        if (!text.StartsWith('@'))
        {
            return true;
        }

        do
        {
            if (!TrySkip(ref text, '@') || !TryReadDomain(ref text, inBrackets: true, out _))
            {
                return false;
            }
        }
        while (TrySkip(ref text, ','));
        return TrySkip(ref text, ':');
    }

    private static bool TryReadLocalPart(ref ReadOnlySpan<char> text, out string local, out bool isLoose)
    {
        isLoose = false;
        if (text.StartsWith('"'))
        {
            var quoted = LocalPart.ReadQuoted(text, out local);
            text = text[quoted..];
            return quoted > 0;
        }

        var length = LocalPart.DotStringLength(text);
        local = text[..length].ToString();
        text = text[length..];
        isLoose = !LocalPart.IsDotString(local);
        return length > 0;
    }

    private static bool TryReadDomain(ref ReadOnlySpan<char> text, bool inBrackets, out string domain)
    {
        var end = inBrackets ? text.IndexOfAny(",:>") : text.IndexOfAny(" \t");
        var length = text.StartsWith('[') ? text.IndexOf(']') + 1 : end < 0 && !inBrackets ? text.Length : end;
        if (length <= 0)
        {
            domain = "";
            return false;
        }

        var good = MailDomain.TryCanonicalise(text[..length], out domain);
        text = text[length..];
        return good;
    }

    private static bool IsWithinLimits(Mailbox mailbox) => Encoding.UTF8.GetByteCount(mailbox.ToString()) + 2 <= SmtpLimits.Path;
}
