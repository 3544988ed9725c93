using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Grpc;
using ThrottleNet.MxNode.Trust.Feed;
using ThrottleNet.Protocol.Exchange;
using ThrottleNet.Protocol.Grpc;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Opens links to other nodes: a connection each, so that each shows the certificates of its moment.</summary>
internal sealed class LinkDialer(ExchangeTls tls, IDnsResolver dns, PeerFinder finder, FeedDialer feed, ExchangeLog log, TimeProvider time)
{
    private static readonly GrpcOptions Options = new() { MaxMessageSize = ExchangeLimits.FrameSize };

    /// <summary>Connects, and carries the link until it ends; false when there was no connection to be had.</summary>
    /// <param name="stopping">Ends the attempt to connect; a link is the loop's to end.</param>
    public async Task<bool> DialAsync(ExchangeLoop loop, string address, CancellationToken stopping)
    {
        if (!PeerAddress.TryParse(address, out var peer))
        {
            return false;
        }

        X509Certificate2? certificate = null;
        using var handler = GrpcTransport.CreateHandler(tls.ForClient(finder.NamesOf(peer), c => certificate = c));
        handler.ConnectCallback = (_, cancel) => ConnectAsync(peer, cancel);
        using var channel = new GrpcChannel(new Uri($"https://{peer}"), handler, time, Options);
        using var giveUp = new CancellationTokenSource();
        await using var call = channel.Open(ExchangeMethods.Link, cancel: giveUp.Token);
        try
        {
            // They come with the server's first frame, or with its refusal.
            await call.ReadHeadersAsync().WaitAsync(GrpcTransport.ConnectTimeout, time, stopping);
        }
        catch (Exception e) when (e is GrpcException or TimeoutException or OperationCanceledException)
        {
            log.NotConnected(address, e.Message);
            return false;
        }

        if (certificate is null || PeerAdmission.MemberOf(certificate) is not { } found)
        {
            return false;
        }

        using var link = new PeerLink(loop.NextLink(), found.Identity, found.Member, address, time);
        await using var abort = link.Aborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), giveUp);
        using var over = new CancellationTokenSource();
        var feeding = feed.RunAsync(channel, found.Identity, over.Token);
        try
        {
            await loop.CarryAsync(link, call.ReadAsync, call.WriteAsync, call.Complete);
        }
        finally
        {
            await over.CancelAsync();
            await feeding;
        }

        return true;
    }

    // Names are looked up anew at each try, in the DNS first, then where the system looks (its hosts file).
    private async ValueTask<Stream> ConnectAsync(PeerAddress peer, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
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

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
