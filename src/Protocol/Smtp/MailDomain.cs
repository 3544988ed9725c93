using System.Buffers;
using System.Globalization;
using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The domain of a mailbox: host names in canonical form, and address literals.</summary>
internal static class MailDomain
{
    /// <summary>Letters, digits and hyphen (RFC 5321, section 4.1.2), and the underscore that real host names have.</summary>
    private static SearchValues<char> LabelCharacters { get; } =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    private static IdnMapping Idn { get; } = new();

    /// <summary>
    /// Canonical form: lower case, A-labels, no trailing dot; or an address literal in brackets.
    /// U-labels are turned into A-labels; the caller decides whether they are allowed (RFC 6531, section 3.2).
    /// U-labels are NFC by definition (RFC 5890, section 2.3.2.1). Other text is not normalised,
    /// because the runtime cannot normalise without its globalisation data.
    /// </summary>
    public static bool TryCanonicalise(ReadOnlySpan<char> text, out string domain)
    {
        if (text.StartsWith('['))
        {
            return AddressLiteral.TryCanonicalise(text, out domain);
        }

        domain = "";
        if (text.Length > SmtpLimits.Domain + 1)
        {
            return false;
        }

        var name = text.ToString().ToLowerInvariant();
        if (!Ascii.IsValid(name) && !TryMap(ref name))
        {
            return false;
        }

        if (name.EndsWith('.'))
        {
            name = name[..^1];
        }

        if (name.Length > SmtpLimits.Domain || !HasGoodLabels(name))
        {
            return false;
        }

        domain = name;
        return true;
    }

    private static bool TryMap(ref string name)
    {
        try
        {
            name = Idn.GetAscii(name);
            return true;
        }
        catch (ArgumentException)
        {
            return false; // the framework has no test that does not throw
        }
    }

    private static bool HasGoodLabels(string name)
    {
        foreach (var range in name.AsSpan().Split('.'))
        {
            var label = name.AsSpan(range);
            if (label.Length is 0 or > SmtpLimits.DomainLabel
                || label[0] == '-'
                || label[^1] == '-'
                || label.ContainsAnyExcept(LabelCharacters))
            {
                return false;
            }
        }

        return true;
    }
}
