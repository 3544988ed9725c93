using Grpc.Net.Client;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The companions of one link; disposing ends them.</summary>
internal sealed class LinkCompanions : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _running;

    public LinkCompanions(IEnumerable<LinkCompanion> companions, PeerLink link, GrpcChannel channel) =>
        _running = Task.WhenAll(companions.Select(companion => companion(channel, link.Peer, _ended.Token)));

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _running;
        _ended.Dispose();
    }
}
