using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Exchange;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Opens links to other nodes. Each link has a connection of its own, made with the certificates of that moment.</summary>
internal sealed class LinkDialer(ExchangeTls tls, IDnsResolver dns, PeerFinder finder, IEnumerable<LinkCompanion> companions, ExchangeLog log, TimeProvider time)
{
    /// <summary>Connects, and carries the link until it ends; false when there was no connection.</summary>
    /// <param name="loop">Takes the link.</param>
    /// <param name="address">host:port.</param>
    /// <param name="stopping">Ends the attempt to connect. It does not end a link: the loop does that.</param>
    public async Task<bool> DialAsync(ExchangeLoop loop, string address, CancellationToken stopping)
    {
        if (!PeerAddress.TryParse(address, out var peer))
        {
            return false;
        }

        X509Certificate2? certificate = null;
        var handler = PeerTransport.CreateHandler(tls.ForClient(finder.NamesOf(peer), c => certificate = c));
        handler.ConnectCallback = (_, cancel) => PeerTransport.ConnectAsync(socket => ConnectAsync(socket, peer, cancel));
        using var channel = PeerTransport.CreateChannel(new Uri($"https://{peer}"), handler, ExchangeLimits.FrameSize);
        using var giveUp = new CancellationTokenSource();
        using var call = new Wire.Exchange.ExchangeClient(channel).Link(cancellationToken: giveUp.Token);
        try
        {
            // Headers come with the server's first frame, or with its refusal, which the link then reads.
            await call.ResponseHeadersAsync.WaitAsync(PeerTransport.ConnectTimeout, time, stopping);
        }
        catch (Exception e) when (e is RpcException or TimeoutException or OperationCanceledException)
        {
            log.NotConnected(address, e is RpcException { Status: var status } ? $"{status.StatusCode}: {status.Detail}" : e.Message);
            return false;
        }

        if (certificate is null || PeerAdmission.MemberOf(certificate) is not { } found)
        {
            return false;
        }

        using var link = new PeerLink(loop.NextLink(), found.Identity, found.Member, address, time);
        await using var abort = link.Aborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), giveUp);
        await CarryAsync(loop, link, channel, call);
        return true;
    }

    private async Task CarryAsync(ExchangeLoop loop, PeerLink link, GrpcChannel channel, AsyncDuplexStreamingCall<Wire.Frame, Wire.Frame> call)
    {
        using var ended = new CancellationTokenSource();
        var beside = Task.WhenAll(companions.Select(companion => companion(channel, link.Peer, ended.Token)));
        try
        {
            await loop.CarryAsync(link, () => call.ResponseStream.NextAsync(), call.RequestStream.WriteAsync, call.RequestStream.CompleteAsync);
        }
        finally
        {
            await ended.CancelAsync();
            await beside;
        }
    }

    // Each attempt looks the name up again: in the DNS first, then as the system does (its hosts file).
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
