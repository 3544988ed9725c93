using System.Net;

namespace ThrottleNet.Counting.Blocks;

/// <summary>IPv4 addresses as a dual-stack socket shows them (RFC 4291, section 2.5.5.2).</summary>
public static class MappedAddress
{
    /// <summary>The IPv4 address inside an IPv4-mapped IPv6 address; any other address unchanged.</summary>
    public static IPAddress Unmapped(this IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
