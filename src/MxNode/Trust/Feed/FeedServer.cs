using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Grpc;
using ThrottleNet.Protocol.Grpc;
using ThrottleNet.Protocol.Trust.Wire;

namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>Serves the calls of the feed that other nodes open. TLS has let nobody in without a certificate of this network.</summary>
internal sealed class FeedServer(FeedHub hub, TimeProvider time)
{
    public async Task ServeAsync(GrpcReader<TrustFrame> requests, GrpcWriter<TrustFrame> responses, GrpcServerContext context)
    {
        if (context.Http.Connection.ClientCertificate is not { } certificate || PeerAdmission.MemberOf(certificate) is not { } peer)
        {
            throw new GrpcException(GrpcStatusCode.Unauthenticated, "a certificate of this network is needed");
        }

        if (hub.IsCutOff(peer.Identity))
        {
            throw new GrpcException(GrpcStatusCode.PermissionDenied, "cut off for what it sent before");
        }

        var call = new FeedCall(hub, peer.Identity, time);
        if (!hub.TryJoin(call))
        {
            throw new GrpcException(GrpcStatusCode.ResourceExhausted, "too many calls");
        }

        try
        {
            if (await call.RunAsync(requests.ReadAsync, responses.WriteAsync, context.Http.Abort, context.Cancel) is { } fault)
            {
                throw new GrpcException(GrpcStatusCode.InvalidArgument, fault);
            }
        }
        finally
        {
            hub.Leave(call);
        }
    }
}
