using Grpc.Core;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Trust.Wire;

namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>Serves the calls of the feed that other nodes open. TLS has already refused callers without a certificate of this network.</summary>
internal sealed class FeedServer(FeedHub hub, RefusalLog refusals, IHostApplicationLifetime lifetime, TimeProvider time) : TrustFeed.TrustFeedBase
{
    /// <summary>Octets of a frame; trust.proto.</summary>
    public const int MaxFrame = 1024 * 1024;

    public override async Task Sync(IAsyncStreamReader<TrustFrame> requestStream, IServerStreamWriter<TrustFrame> responseStream, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        if (http.Connection.ClientCertificate is not { } certificate || PeerAdmission.MemberOf(certificate) is not { } peer)
        {
            throw Refuse($"{http.Connection.RemoteIpAddress}", StatusCode.Unauthenticated, "the feed needs a node's certificate");
        }

        if (hub.IsCutOff(peer.Identity))
        {
            throw Refuse(peer.Identity.Title, StatusCode.PermissionDenied, "the feed is cut off for what the peer sent before");
        }

        var call = new FeedCall(hub, peer.Identity, time);
        if (!hub.TryJoin(call))
        {
            throw Refuse(peer.Identity.Title, StatusCode.ResourceExhausted, "too many calls of the feed");
        }

        try
        {
            await CarryAsync(call, requestStream, responseStream, context);
        }
        finally
        {
            hub.Leave(call);
        }
    }

    private async Task CarryAsync(FeedCall call, IAsyncStreamReader<TrustFrame> requests, IServerStreamWriter<TrustFrame> responses, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            if (await call.RunAsync(() => requests.NextAsync(end.Token), responses.WriteAsync, context.GetHttpContext().Abort, end.Token) is { } fault)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, fault));
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the server is shutting down"));
        }
    }

    private RpcException Refuse(string peer, StatusCode code, string reason)
    {
        refusals.Note(peer, reason);
        return new RpcException(new Status(code, reason));
    }
}
