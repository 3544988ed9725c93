using ThrottleNet.MxNode.Grpc;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Exchange;
using ThrottleNet.Protocol.Grpc;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Serves the links that other nodes open. TLS has let nobody in without a certificate of this network.</summary>
internal sealed class LinkServer(ExchangeLoop loop, RefusalLog refusals, TimeProvider time)
{
    private readonly LinkPlaces _places = new();

    public async Task ServeAsync(GrpcReader<Frame> requests, GrpcWriter<Frame> responses, GrpcServerContext context)
    {
        if (context.Http.Connection.ClientCertificate is not { } certificate || PeerAdmission.MemberOf(certificate) is not { } peer)
        {
            if (context.Http.Connection.ClientCertificate is { } other && NodeIdentity.IsGuard(other))
            {
                refusals.Note($"{context.Http.Connection.RemoteIpAddress}", "its certificate is a guard's (OU=guard), which may ask and not count");
                throw new GrpcException(GrpcStatusCode.PermissionDenied, "a guard's certificate is for asking only");
            }

            throw new GrpcException(GrpcStatusCode.Unauthenticated, "a certificate of this network is needed");
        }

        if (!_places.TryTake(peer.Member.Origin))
        {
            refusals.Note(peer.Identity.Title, "there are links enough");
            throw new GrpcException(GrpcStatusCode.ResourceExhausted, "there are links enough");
        }

        try
        {
            await CarryAsync(peer, requests, responses, context);
        }
        finally
        {
            _places.Leave(peer.Member.Origin);
        }
    }

    private async Task CarryAsync((NodeIdentity Identity, Member Member) peer, GrpcReader<Frame> requests, GrpcWriter<Frame> responses, GrpcServerContext context)
    {
        using var link = new PeerLink(loop.NextLink(), peer.Identity, peer.Member, connectedTo: null, time);
        using var abort = link.Aborted.UnsafeRegister(static http => ((HttpContext)http!).Abort(), context.Http);
        await loop.CarryAsync(link, requests.ReadAsync, responses.WriteAsync, writeEnd: static () => { });
    }
}
