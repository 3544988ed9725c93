using Grpc.Core;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Relay.Wire;

namespace ThrottleNet.MxNode.Egress;

/// <summary>Serves the calls for notes that other nodes open. TLS has already refused callers without a certificate of this network.</summary>
internal sealed class NoteServer(PeerNotes notes, OwnNote own, EgressLog log, IHostApplicationLifetime lifetime, TimeProvider time) : RelayNotes.RelayNotesBase
{
    private readonly LinkPlaces _places = new();

    public override async Task Share(IAsyncStreamReader<RelayNote> requestStream, IServerStreamWriter<RelayNote> responseStream, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        if (http.Connection.ClientCertificate is not { } certificate || PeerAdmission.MemberOf(certificate) is not { } peer)
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, "notes need a node's certificate"));
        }

        if (!_places.TryTake(peer.Member.Origin))
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, "too many calls for notes are open"));
        }

        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
            await new NoteCall(notes, own, log, time).RunAsync(
                peer.Identity, http.Connection.RemoteIpAddress, cancel => requestStream.NextAsync(cancel), responseStream.WriteAsync, end.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the server is shutting down"));
        }
        finally
        {
            _places.Leave(peer.Member.Origin);
        }
    }
}
