using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Makes connections to other nodes, under mutual TLS.</summary>
internal sealed class PeerConnector(ExchangeTls tls, PeerFinder finder, IDnsResolver dns, DescriptorBudget descriptors)
{
    /// <summary>The connections to one node.</summary>
    /// <param name="peer">The node.</param>
    /// <param name="accepted">Receives the node's certificate when it was accepted.</param>
    public SocketsHttpHandler CreateHandler(PeerAddress peer, Action<X509Certificate2> accepted)
    {
        var handler = PeerTransport.CreateHandler(tls.ForClient(finder.NamesOf(peer), accepted));
        handler.ConnectCallback = (_, cancel) => PeerTransport.ConnectAsync(socket => ConnectAsync(socket, peer, cancel), descriptors);
        return handler;
    }

    // Each attempt resolves the name again: first by DNS, then by the system's resolver (its hosts file).
    private async ValueTask ConnectAsync(Socket socket, PeerAddress peer, CancellationToken cancel)
    {
        if (IPAddress.TryParse(peer.Host, out var literal))
        {
            await socket.ConnectAsync(literal, peer.Port, cancel);
        }
        else if (await dns.FindAddressesAsync(peer.Host, cancel) is ({ Count: > 0 } addresses, _))
        {
            await socket.ConnectAsync([.. addresses], peer.Port, cancel);
        }
        else
        {
            await socket.ConnectAsync(peer.Host, peer.Port, cancel);
        }
    }
}
