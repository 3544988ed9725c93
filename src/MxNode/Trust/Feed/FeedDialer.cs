using Grpc.Core;
using Grpc.Net.Client;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Trust.Wire;

namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>Opens the feed on the connection of a link that this node opened, and reopens it as long as the link lives.</summary>
internal sealed class FeedDialer(FeedHub hub, TimeProvider time)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);

    /// <summary>Keeps the feed open until it is cancelled, or the peer does not implement it. Does not throw.</summary>
    /// <param name="channel">The link's channel.</param>
    /// <param name="peer">The node at the other end.</param>
    /// <param name="cancel">Cancelled when the link has ended.</param>
    public async Task RunAsync(GrpcChannel channel, NodeIdentity peer, CancellationToken cancel)
    {
        try
        {
            for (var retry = FirstRetry; ; retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry)
            {
                var start = time.GetTimestamp();
                if (!hub.IsCutOff(peer) && !await CarryAsync(channel, peer, cancel))
                {
                    return;
                }

                retry = time.GetElapsedTime(start) > LongestRetry ? FirstRetry : retry;
                await Task.Delay(retry, time, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // The link has ended.
        }
    }

    /// <summary>Carries one call to its end.</summary>
    /// <returns>False when the peer does not implement the feed.</returns>
    private async Task<bool> CarryAsync(GrpcChannel channel, NodeIdentity peer, CancellationToken cancel)
    {
        var call = new FeedCall(hub, peer, time);
        if (!hub.TryJoin(call))
        {
            return true;
        }

        using var abort = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var sync = new TrustFeed.TrustFeedClient(channel).Sync(cancellationToken: abort.Token);
        try
        {
            await call.RunAsync(() => sync.ResponseStream.NextAsync(), sync.RequestStream.WriteAsync, abort.Cancel, abort.Token);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            hub.Log.NotKnown(call.Name);
            return false;
        }
        catch (Exception e) when (e is RpcException or IOException or OperationCanceledException)
        {
            hub.Log.Ended(call.Name, e.Message);
        }
        catch (Exception e)
        {
            // A fault in this node's feed must not end the link.
            hub.Log.Failed(e, call.Name);
        }
        finally
        {
            hub.Leave(call);
        }

        return true;
    }
}
