using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.TrustList;

/// <summary>
/// Reads addresses and networks strictly: no octal, no short forms such as 192.0.2, no scope ids, and no host bits below the prefix.
/// IPv4-mapped IPv6 becomes IPv4.
/// </summary>
public static class NetworkText
{
    private const int MappedPrefix = 96;

    /// <summary>Reads an address (a network of one address) or a CIDR. On failure the error says what is wrong and, where possible, what would be right.</summary>
    public static bool TryParse(string text, out IPNetwork network, [NotNullWhen(false)] out string? error)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? text : text[..slash];
        if (!TryParseAddress(host, out var address))
        {
            error = $"{text} is not an address or a network; write it as 192.0.2.10, 192.0.2.0/24 or 2001:db8::/32";
            return false;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = bits;
        if (slash >= 0 && !TryParsePrefix(text[(slash + 1)..], bits, out prefix))
        {
            error = $"{text} has no valid prefix length; set it between 0 and {bits}";
            return false;
        }

        network = new IPNetwork(Mask(address, prefix), prefix);
        if (!network.BaseAddress.Equals(address))
        {
            error = $"{text} has host bits set below /{prefix}; the network is {Canonical(network)}";
            return false;
        }

        network = Canonical(network);
        error = null;
        return true;
    }

    /// <summary>A network with IPv4-mapped IPv6 turned into IPv4.</summary>
    public static IPNetwork Canonical(IPNetwork network) =>
        network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= MappedPrefix
            ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedPrefix)
            : network;

    private static bool TryParseAddress(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (text.AsSpan().ContainsAny('%', '[', ']') || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }

        // The framework reads 010 as 8 and 192.0.2 as 192.0.0.2, so an IPv4 address must have the form in which it is printed.
        if (parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() != text)
        {
            return false;
        }

        address = parsed;
        return true;
    }

    private static bool TryParsePrefix(string text, int bits, out int prefix) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out prefix)
        && prefix <= bits
        && (text.Length == 1 || text[0] != '0');

    private static IPAddress Mask(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(prefix - (8 * i), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new IPAddress(bytes);
    }
}
