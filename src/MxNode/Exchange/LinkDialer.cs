using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using ThrottleNet.Protocol.Exchange;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Opens links to other nodes. Each link has its own connection, made with the certificates that are current when it is opened.</summary>
internal sealed class LinkDialer(PeerConnector connector, LinkCarrier carrier, IEnumerable<LinkCompanion> companions, ExchangeLog log, TimeProvider time)
{
    /// <summary>Connects, and carries the link until it ends; false when no connection was made.</summary>
    /// <param name="address">host:port.</param>
    /// <param name="stopping">Ends a connection attempt. It does not end a link, which only the core does.</param>
    public async Task<bool> DialAsync(string address, CancellationToken stopping)
    {
        if (!PeerAddress.TryParse(address, out var peer))
        {
            return false;
        }

        X509Certificate2? certificate = null;
        using var channel = PeerTransport.CreateChannel(new Uri($"https://{peer}"), connector.CreateHandler(peer, c => certificate = c), ExchangeLimits.FrameSize);
        using var giveUp = new CancellationTokenSource();
        using var call = new Wire.Exchange.ExchangeClient(channel).Link(cancellationToken: giveUp.Token);
        try
        {
            // The response headers arrive with the server's first frame, or with its refusal, which the link then reads.
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

        using var link = new PeerLink(carrier.NextId(), found.Identity, found.Member, address, time);
        await using var abort = link.Aborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), giveUp);
        await CarryAsync(link, channel, call);
        return true;
    }

    private async Task CarryAsync(PeerLink link, GrpcChannel channel, AsyncDuplexStreamingCall<Wire.Frame, Wire.Frame> call)
    {
        await using var beside = new LinkCompanions(companions, link, channel);
        await carrier.CarryAsync(link, () => call.ResponseStream.NextAsync(), call.RequestStream.SendAsync, call.RequestStream.CompleteAsync);
    }
}
