using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Protocol.Spf;

/// <summary>A mechanism of an SPF record (RFC 7208, section 5).</summary>
/// <param name="Result">The record's result if it matches.</param>
/// <param name="Name">Lower case.</param>
internal sealed record SpfTerm(SpfResult Result, string Name)
{
    private static readonly string[] WithDomain = ["include", "exists"];

    /// <summary>The domain-spec, macros not expanded; null for none.</summary>
    public string? Domain { get; init; }

    /// <summary>The network of ip4 and ip6.</summary>
    public IPNetwork? Network { get; init; }

    /// <summary>The prefix length for IPv4 addresses of a and mx.</summary>
    public int Prefix4 { get; init; } = 32;

    /// <summary>The prefix length for IPv6 addresses of a and mx.</summary>
    public int Prefix6 { get; init; } = 128;

    /// <summary>Reads a mechanism; null for a syntax error.</summary>
    public static SpfTerm? Parse(string text)
    {
        var result = text[0] switch { '-' => SpfResult.Fail, '~' => SpfResult.SoftFail, '?' => SpfResult.Neutral, _ => SpfResult.Pass };
        var rest = text[0] is '+' or '-' or '~' or '?' ? text[1..] : text;
        var end = rest.AsSpan().IndexOfAny(':', '/');
        var name = (end < 0 ? rest : rest[..end]).ToLowerInvariant();
        var argument = end < 0 ? null : rest[end..];
        var term = new SpfTerm(result, name);
        return name switch
        {
            "all" => argument is null ? term : null,
            "ip4" => Network4Or6(term, argument, AddressFamily.InterNetwork),
            "ip6" => Network4Or6(term, argument, AddressFamily.InterNetworkV6),
            "ptr" => argument is null ? term : argument.Length > 1 && argument[0] == ':' ? term with { Domain = argument[1..] } : null,
            "a" or "mx" => WithPrefixes(term, argument),
            _ when WithDomain.Contains(name) => argument is { Length: > 1 } && argument[0] == ':' ? term with { Domain = argument[1..] } : null,
            _ => null,
        };
    }

    private static SpfTerm? Network4Or6(SpfTerm term, string? argument, AddressFamily family)
    {
        if (argument is not { Length: > 1 } || argument[0] != ':')
        {
            return null;
        }

        var bits = family == AddressFamily.InterNetwork ? 32 : 128;
        var slash = argument.IndexOf('/');
        if (!IPAddress.TryParse(slash < 0 ? argument[1..] : argument[1..slash], out var address) || address.AddressFamily != family
            || (family == AddressFamily.InterNetwork && argument[1..].Split('/')[0].Count(c => c == '.') != 3))
        {
            return null;
        }

        if (slash >= 0 && !TryPrefix(argument[(slash + 1)..], bits, out bits))
        {
            return null;
        }

        return term with { Network = NetworkOf(address, bits) };
    }

    // dual-cidr-length (section 5.6): /24, //64, or /24//64.
    private static SpfTerm? WithPrefixes(SpfTerm term, string? argument)
    {
        if (argument is null)
        {
            return term;
        }

        var text = argument;
        if (text.LastIndexOf("//", StringComparison.Ordinal) is var both and >= 0)
        {
            if (!TryPrefix(text[(both + 2)..], 128, out var six))
            {
                return null;
            }

            term = term with { Prefix6 = six };
            text = text[..both];
        }

        // A slash may stand in a macro's delimiters, before its closing brace.
        if (text.LastIndexOf('/') is var slash and >= 0 && slash > text.LastIndexOf('}'))
        {
            if (!TryPrefix(text[(slash + 1)..], 32, out var four))
            {
                return null;
            }

            term = term with { Prefix4 = four };
            text = text[..slash];
        }

        return text.Length == 0 ? term : text.Length > 1 && text[0] == ':' ? term with { Domain = text[1..] } : null;
    }

    /// <summary>The network of a prefix length that an address is in.</summary>
    internal static IPNetwork NetworkOf(IPAddress address, int bits)
    {
        var octets = address.GetAddressBytes();
        for (var i = 0; i < octets.Length; i++)
        {
            octets[i] &= (byte)(0xFF00 >> Math.Clamp(bits - (8 * i), 0, 8));
        }

        return new IPNetwork(new IPAddress(octets), bits);
    }

    private static bool TryPrefix(string text, int most, out int prefix) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out prefix) && prefix <= most && (text.Length == 1 || text[0] != '0');
}
