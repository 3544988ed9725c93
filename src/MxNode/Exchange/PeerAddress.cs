using System.Globalization;
using System.Net;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The address at which a node can be reached.</summary>
/// <param name="Host">An IP address or a DNS name.</param>
/// <param name="Port">1 to 65535.</param>
internal readonly record struct PeerAddress(string Host, int Port)
{
    /// <summary>Reads host:port, with an IPv6 address in brackets. The text may come from another node.</summary>
    public static bool TryParse(string text, out PeerAddress address)
    {
        address = default;
        var colon = text.LastIndexOf(':');
        if (colon < 1 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            return false;
        }

        var host = text[..colon];
        if (host is ['[', .. var inner, ']'] && IPAddress.TryParse(inner, out var six) && six.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            address = new PeerAddress(six.ToString(), port);
            return true;
        }

        if (Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            return false;
        }

        address = new PeerAddress(host.TrimEnd('.').ToLowerInvariant(), port);
        return true;
    }

    public static string Format(IPAddress address, int port) => new IPEndPoint(address, port).ToString();

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");
}
