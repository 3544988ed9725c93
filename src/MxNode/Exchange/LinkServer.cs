using Grpc.Core;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Exchange;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Serves the links that other nodes open. TLS has already refused callers without a certificate of this network.</summary>
internal sealed class LinkServer(LinkCarrier carrier, RefusalLog refusals, TimeProvider time) : Wire.Exchange.ExchangeBase
{
    private readonly LinkPlaces _places = new();

    public override async Task Link(IAsyncStreamReader<Frame> requestStream, IServerStreamWriter<Frame> responseStream, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        if (http.Connection.ClientCertificate is not { } certificate || PeerAdmission.MemberOf(certificate) is not { } peer)
        {
            if (http.Connection.ClientCertificate is { } other && NodeIdentity.IsGuard(other))
            {
                refusals.Note($"{http.Connection.RemoteIpAddress}", "its certificate is a guard's (OU=guard), which may ask relays but not join the exchange");
                throw new RpcException(new Status(StatusCode.PermissionDenied, "a guard's certificate may ask relays but not join the exchange"));
            }

            throw new RpcException(new Status(StatusCode.Unauthenticated, "a certificate of this network is needed"));
        }

        if (!_places.TryTake(peer.Member.Origin))
        {
            refusals.Note(peer.Identity.Title, "too many of its links are open");
            throw new RpcException(new Status(StatusCode.ResourceExhausted, "too many links are open"));
        }

        try
        {
            using var link = new PeerLink(carrier.NextId(), peer.Identity, peer.Member, connectedTo: null, time) { SeenFrom = http.Connection.RemoteIpAddress };
            using var abort = link.Aborted.UnsafeRegister(static http => ((HttpContext)http!).Abort(), http);
            await carrier.CarryAsync(link, () => requestStream.NextAsync(), responseStream.SendAsync, static () => Task.CompletedTask);
        }
        finally
        {
            _places.Leave(peer.Member.Origin);
        }
    }
}
