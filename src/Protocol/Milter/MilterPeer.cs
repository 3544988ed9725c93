using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Protocol.Milter;

/// <summary>The client of a connect event.</summary>
/// <param name="Name">Its host name; null where it has none that resolves back.</param>
/// <param name="EndPoint">An <see cref="IPEndPoint"/>, a <see cref="UnixDomainSocketEndPoint"/>, or null where nothing is known.</param>
public sealed record MilterPeer(string? Name, EndPoint? EndPoint)
{
    // Without a name a client is called by its address, in brackets (Postfix, sendmail).
    internal void Write(MilterWriter writer)
    {
        switch (EndPoint)
        {
            case IPEndPoint ip:
                writer.Text(Name ?? $"[{ip.Address}]").Octet(ip.AddressFamily == AddressFamily.InterNetworkV6 ? '6' : '4')
                    .Short((ushort)ip.Port).Text(ip.Address.ToString());
                break;
            case UnixDomainSocketEndPoint unix:
                writer.Text(Name ?? "localhost").Octet('L').Short(0).Text(unix.ToString());
                break;
            default:
                writer.Text(Name ?? "unknown").Octet('U');
                break;
        }
    }
}
