using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.MxNode.Content;

/// <summary>Where a filter listens.</summary>
/// <param name="Text">As the operator wrote it, for the log.</param>
/// <param name="EndPoint">An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
internal sealed record FilterAddress(string Text, EndPoint EndPoint)
{
    private const string Inet = "inet:";
    private const string Unix = "unix:";

    // struct sockaddr_un has room for so many octets.
    private const int MaxPath = 107;

    /// <summary>Reads <c>inet:host:port</c>, where an IPv6 address stands in brackets, or <c>unix:/path</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out FilterAddress? address)
    {
        EndPoint? endPoint = null;
        if (text.StartsWith(Unix, StringComparison.Ordinal))
        {
            var path = text[Unix.Length..];
            endPoint = path.StartsWith('/') && path.Length <= MaxPath ? new UnixDomainSocketEndPoint(path) : null;
        }
        else if (text.StartsWith(Inet, StringComparison.Ordinal) && text.LastIndexOf(':') is var colon && colon > Inet.Length)
        {
            var host = text[Inet.Length..colon];
            var hasPort = ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0;
            endPoint = !hasPort ? null
                : IPAddress.TryParse(host, out var ip) && (host.StartsWith('[') == (ip.AddressFamily == AddressFamily.InterNetworkV6)) ? new IPEndPoint(ip, port)
                : Uri.CheckHostName(host) == UriHostNameType.Dns ? new DnsEndPoint(host, port)
                : null;
        }

        address = endPoint is null ? null : new FilterAddress(text, endPoint);
        return address is not null;
    }

    public Socket CreateSocket() => EndPoint is UnixDomainSocketEndPoint
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
