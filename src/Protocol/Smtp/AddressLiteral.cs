using System.Buffers;
using System.Net;
using System.Net.Sockets;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>IP addresses in text, as mail writes them (RFC 5321, section 4.1.3).</summary>
public static class AddressLiteral
{
    /// <summary>The tag of an IPv6 literal; compared without case.</summary>
    public const string V6Tag = "IPv6:";

    private static SearchValues<char> V6Characters { get; } = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Parses "[192.0.2.1]" or "[IPv6:2001:db8::1]" into its canonical form.</summary>
    public static bool TryCanonicalise(ReadOnlySpan<char> text, out string literal)
    {
        literal = "";
        if (text.Length < 2 || text[0] != '[' || text[^1] != ']' || !TryParseTagged(text[1..^1], out var address))
        {
            return false;
        }

        literal = $"[{ToTagged(address)}]";
        return true;
    }

    /// <summary>The literal of an address, as it is written in a mailbox: "[192.0.2.1]" or "[IPv6:2001:db8::1]".</summary>
    public static string Of(IPAddress address) => $"[{ToTagged(new IPAddress(address.Unmapped().GetAddressBytes()))}]";

    /// <summary>Parses an IPv4 address, or an IPv6 address behind its tag.</summary>
    public static bool TryParseTagged(ReadOnlySpan<char> text, out IPAddress address) =>
        text.StartsWith(V6Tag, StringComparison.OrdinalIgnoreCase)
            ? TryParseV6(text[V6Tag.Length..], out address)
            : TryParseV4(text, out address);

    public static string ToTagged(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? V6Tag + address : address.ToString();

    /// <summary>Four decimal numbers without leading zeros: the framework would take "1", "0x7f.1" and octal too.</summary>
    public static bool TryParseV4(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (!IPAddress.TryParse(text, out var parsed)
            || parsed.AddressFamily != AddressFamily.InterNetwork
            || !text.SequenceEqual(parsed.ToString()))
        {
            return false;
        }

        address = parsed;
        return true;
    }

    /// <summary>Hexadecimal groups without brackets, port or scope, all of which the framework would take.</summary>
    public static bool TryParseV6(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.ContainsAnyExcept(V6Characters)
            || !IPAddress.TryParse(text, out var parsed)
            || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        address = parsed;
        return true;
    }
}
