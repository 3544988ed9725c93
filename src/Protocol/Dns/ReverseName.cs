using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThrottleNet.Protocol.Dns;

/// <summary>The names under which an address is looked up: in-addr.arpa (RFC 1035, section 3.5) and ip6.arpa (RFC 3596, section 2.5).</summary>
public static class ReverseName
{
    /// <summary>"1.2.0.192.in-addr.arpa" for 192.0.2.1. An IPv4-mapped IPv6 address is its IPv4 address.</summary>
    public static string Of(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Labels(address) + (address.AddressFamily == AddressFamily.InterNetwork ? "in-addr.arpa" : "ip6.arpa");
    }

    private static string Labels(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var length);
        var labels = new StringBuilder(64);
        for (var i = length - 1; i >= 0; i--)
        {
            if (length == 4)
            {
                labels.Append(CultureInfo.InvariantCulture, $"{octets[i]}.");
            }
            else
            {
                labels.Append(CultureInfo.InvariantCulture, $"{octets[i] & 0xf:x}.{octets[i] >> 4:x}.");
            }
        }

        return labels.ToString();
    }
}
