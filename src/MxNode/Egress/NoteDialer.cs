using Grpc.Core;
using Grpc.Net.Client;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Relay.Wire;

namespace ThrottleNet.MxNode.Egress;

/// <summary>Opens the call for notes on the connection of a link that this node opened, and opens it again while the link lasts.</summary>
internal sealed class NoteDialer(PeerNotes notes, OwnNote own, EgressLog log, TimeProvider time)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    /// <summary>Keeps the call open until the link has ended, or the peer does not know it. Does not throw.</summary>
    /// <param name="channel">The link's channel.</param>
    /// <param name="peer">The node at the other end.</param>
    /// <param name="linkEnded">Cancelled when the link has ended.</param>
    public async Task RunAsync(GrpcChannel channel, NodeIdentity peer, CancellationToken linkEnded)
    {
        try
        {
            while (await CarryAsync(channel, peer, linkEnded))
            {
                await Task.Delay(Retry, time, linkEnded);
            }
        }
        catch (OperationCanceledException)
        {
            // The link has ended.
        }
    }

    /// <returns>False when the peer does not know the call.</returns>
    private async Task<bool> CarryAsync(GrpcChannel channel, NodeIdentity peer, CancellationToken linkEnded)
    {
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(linkEnded);
        using var call = new RelayNotes.RelayNotesClient(channel).Share(cancellationToken: abort.Token);
        try
        {
            await new NoteCall(notes, own, log, time).RunAsync(peer, null, cancel => call.ResponseStream.NextAsync(cancel), call.RequestStream.WriteAsync, abort.Token);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            return false;
        }
        catch (Exception e) when (e is RpcException or IOException or InvalidOperationException)
        {
            linkEnded.ThrowIfCancellationRequested();
            log.CallEnded(peer.Title, e.Message);
        }

        return true;
    }
}
