using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>Reads a path in angle brackets (RFC 5321, section 4.1.2). A source route is read and dropped (appendix C).</summary>
internal static class PathParser
{
    /// <summary>Reads the path that <paramref name="text"/> begins with.</summary>
    /// <param name="text">Afterwards what follows the closing bracket.</param>
    /// <param name="mailbox">The mailbox; null for the null path, with Domain "" for the bare postmaster.</param>
    /// <returns>False if it is not a path, or over a limit of RFC 5321, section 4.5.3.1.</returns>
    public static bool TryRead(ref ReadOnlySpan<char> text, out Mailbox? mailbox)
    {
        mailbox = null;
        if (!TrySkip(ref text, '<'))
        {
            return false;
        }

        if (TrySkip(ref text, '>'))
        {
            return true;
        }

        if (!TrySkipSourceRoute(ref text) || !TryReadLocalPart(ref text, out var local))
        {
            return false;
        }

        var domain = "";
        var bare = !TrySkip(ref text, '@');
        if (!bare && !TryReadDomain(ref text, out domain))
        {
            return false;
        }

        var read = new Mailbox(local, domain);
        if (!TrySkip(ref text, '>') || (bare && !read.IsPostmaster) || !IsWithinLimits(read))
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
            if (!TrySkip(ref text, '@') || !TryReadDomain(ref text, out _))
            {
                return false;
            }
        }
        while (TrySkip(ref text, ','));
        return TrySkip(ref text, ':');
    }

    private static bool TryReadLocalPart(ref ReadOnlySpan<char> text, out string local)
    {
        if (text.StartsWith('"'))
        {
            var quoted = LocalPart.ReadQuoted(text, out local);
            text = text[quoted..];
            return quoted > 0;
        }

        var length = LocalPart.DotStringLength(text);
        local = text[..length].ToString();
        text = text[length..];
        return LocalPart.IsDotString(local);
    }

    private static bool TryReadDomain(ref ReadOnlySpan<char> text, out string domain)
    {
        var length = text.StartsWith('[') ? text.IndexOf(']') + 1 : text.IndexOfAny(",:>");
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
