using ThrottleNet.MxNode.Grpc;
using ThrottleNet.Protocol.Grpc;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Serves the links that other nodes open. TLS has let nobody in without a certificate of this network.</summary>
internal sealed class LinkServer(ExchangeLoop loop, TimeProvider time)
{
    public async Task ServeAsync(GrpcReader<Frame> requests, GrpcWriter<Frame> responses, GrpcServerContext context)
    {
        if (context.Http.Connection.ClientCertificate is not { } certificate || PeerAdmission.MemberOf(certificate) is not { } peer)
        {
            throw new GrpcException(GrpcStatusCode.Unauthenticated, "a certificate of this network is needed");
        }

        using var link = new PeerLink(loop.NextLink(), peer.Identity, peer.Member, connectedTo: null, time);
        using var abort = link.Aborted.UnsafeRegister(static http => ((HttpContext)http!).Abort(), context.Http);
        await loop.CarryAsync(link, requests.ReadAsync, responses.WriteAsync, writeEnd: static () => { });
    }
}
