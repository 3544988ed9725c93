using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThrottleNet.Protocol.Spf;

/// <summary>Expands the macros of a domain-spec (RFC 7208, section 7).</summary>
/// <param name="client">The client's address.</param>
/// <param name="local">The sender's local-part.</param>
/// <param name="senderDomain">The sender's domain.</param>
/// <param name="helo">The argument of HELO or EHLO.</param>
internal sealed class SpfMacro(IPAddress client, string local, string senderDomain, string helo)
{
    private const int MaxName = 253;

    /// <summary>The name that a domain-spec stands for; null for a syntax error.</summary>
    /// <param name="spec">The domain-spec.</param>
    /// <param name="domain">The domain whose record it is in.</param>
    public string? Expand(string spec, string domain)
    {
        var name = new StringBuilder();
        for (var i = 0; i < spec.Length; i++)
        {
            if (spec[i] is <= ' ' or > '~')
            {
                return null;
            }

            if (spec[i] != '%')
            {
                name.Append(spec[i]);
                continue;
            }

            if (++i >= spec.Length)
            {
                return null;
            }

            switch (spec[i])
            {
                case '%':
                    name.Append('%');
                    break;
                case '_':
                    name.Append(' ');
                    break;
                case '-':
                    name.Append("%20");
                    break;
                case '{' when spec.IndexOf('}', i) is var end and > 0 && Value(spec[(i + 1)..end], domain) is { } value:
                    name.Append(value);
                    i = end;
                    break;
                default:
                    return null;
            }
        }

        // Section 7.3: a name that is too long loses labels from the left.
        var text = name.ToString().TrimEnd('.').ToLowerInvariant();
        while (text.Length > MaxName && text.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0)
        {
            text = text[(dot + 1)..];
        }

        return text;
    }

    private string? Value(string macro, string domain)
    {
        if (macro.Length == 0)
        {
            return null;
        }

        var value = char.ToLowerInvariant(macro[0]) switch
        {
            's' => $"{local}@{senderDomain}",
            'l' => local,
            'o' => senderDomain,
            'd' => domain,
            'i' => Dotted(client),
            'p' => "unknown", // section 7.3: not worth the look-ups
            'v' => client.AddressFamily == AddressFamily.InterNetwork ? "in-addr" : "ip6",
            'h' => helo,
            _ => null,
        };
        var digits = string.Concat(macro.Skip(1).TakeWhile(char.IsAsciiDigit));
        var rest = macro[(1 + digits.Length)..];
        var isReversed = rest.StartsWith('r') || rest.StartsWith('R');
        var delimiters = isReversed ? rest[1..] : rest;
        var keep = int.MaxValue;
        if (value is null || delimiters.Any(c => !".-+,/_=".Contains(c, StringComparison.Ordinal))
            || (digits.Length > 0 && (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out keep) || keep == 0)))
        {
            return null;
        }

        var parts = value.Split(delimiters.Length > 0 ? delimiters.ToCharArray() : ['.']);
        if (isReversed)
        {
            Array.Reverse(parts);
        }

        return string.Join('.', parts.TakeLast(keep));
    }

    // Section 7.3: IPv6 nibble by nibble.
    private static string Dotted(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
        ? address.ToString()
        : string.Join('.', address.GetAddressBytes().SelectMany(octet => new[] { octet >> 4, octet & 15 }).Select(n => n.ToString("x", CultureInfo.InvariantCulture)));
}
