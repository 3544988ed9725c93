using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Protocol.Dns;

/// <summary>
/// The names under which an address is looked up: in-addr.arpa (RFC 1035, section 3.5) and ip6.arpa (RFC 3596, section 2.5),
/// and the same labels under the zone of a DNS list (RFC 5782, sections 2.1 and 2.4).
/// </summary>
public static class ReverseName
{
    private const int IPv4Labels = 4;
    private const int IPv6Labels = 32;

    /// <summary>Characters of the longest labels: 32 digits and the dots between them.</summary>
    public const int MaxLength = (2 * IPv6Labels) - 1;

    /// <summary>"1.2.0.192.in-addr.arpa" for 192.0.2.1. An IPv4-mapped IPv6 address is its IPv4 address.</summary>
    public static string Of(IPAddress address)
    {
        address = address.Unmapped();
        return Labels(address) + (address.AddressFamily == AddressFamily.InterNetwork ? ".in-addr.arpa" : ".ip6.arpa");
    }

    /// <summary>"1.2.0.192" for 192.0.2.1, 32 hexadecimal digits for IPv6, an IPv4-mapped one too.</summary>
    public static string Labels(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var length);
        var labels = new StringBuilder(MaxLength + 1);
        for (var i = length - 1; i >= 0; i--)
        {
            if (length == IPv4Labels)
            {
                labels.Append(CultureInfo.InvariantCulture, $"{octets[i]}.");
            }
            else
            {
                labels.Append(CultureInfo.InvariantCulture, $"{octets[i] & 0xf:x}.{octets[i] >> 4:x}.");
            }
        }

        labels.Length--;
        return labels.ToString();
    }

    /// <summary>
    /// Reads labels strictly, only in the form that <see cref="Labels"/> writes: lower case, no leading zeros.
    /// Four short labels, like 1.2.3.4, are an IPv4 address, and also the end of IPv6 names.
    /// </summary>
    /// <param name="labels">In canonical form, without the zone.</param>
    /// <param name="address">The address, if the labels are complete.</param>
    /// <param name="isPartial">Whether more labels in front can complete the labels.</param>
    /// <returns>Whether the labels are complete, or can be completed.</returns>
    public static bool TryRead(ReadOnlySpan<char> labels, out IPAddress? address, out bool isPartial)
    {
        address = null;
        isPartial = false;
        Span<byte> octets = stackalloc byte[IPv4Labels];
        Span<byte> digits = stackalloc byte[IPv6Labels];
        var (isIPv4, isIPv6, count) = (true, true, 0);
        if (labels.Length is 0 or > MaxLength)
        {
            return false;
        }

        foreach (var range in labels.Split('.'))
        {
            var label = labels[range];
            isIPv4 = isIPv4 && count < IPv4Labels && TryReadOctet(label, out octets[IPv4Labels - 1 - count]);
            isIPv6 = isIPv6 && count < IPv6Labels && TryReadDigit(label, out digits[IPv6Labels - 1 - count]);
            if (!isIPv4 && !isIPv6)
            {
                return false;
            }

            count++;
        }

        isPartial = (isIPv4 && count < IPv4Labels) || (isIPv6 && count < IPv6Labels);
        address = isIPv4 && count == IPv4Labels ? new IPAddress(octets)
            : isIPv6 && count == IPv6Labels ? new IPAddress(Pack(digits))
            : null;
        return true;
    }

    private static bool TryReadOctet(ReadOnlySpan<char> label, out byte octet) =>
        byte.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out octet) && (label.Length == 1 || label[0] != '0');

    private static bool TryReadDigit(ReadOnlySpan<char> label, out byte digit)
    {
        digit = 0;
        if (label is not [var c] || !char.IsAsciiHexDigitLower(c))
        {
            return false;
        }

        digit = (byte)(c <= '9' ? c - '0' : c - 'a' + 10);
        return true;
    }

    private static ReadOnlySpan<byte> Pack(Span<byte> digits)
    {
        for (var i = 0; i < digits.Length / 2; i++)
        {
            digits[i] = (byte)((digits[2 * i] << 4) | digits[(2 * i) + 1]);
        }

        return digits[..(digits.Length / 2)];
    }
}
