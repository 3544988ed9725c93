using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Google.Protobuf;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Trust.Feed;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Trust.Wire;

namespace ThrottleNet.MxNode.Cluster.Feed;

/// <summary>
/// One end of a trust feed between two nodes of a cluster. Its frames do not travel on a stream, as between operators, but in calls: each call takes the frames of
/// one end to the other, and brings that one's back.
/// </summary>
internal sealed class FeedPipe(FeedHub hub, string peer, TimeProvider time) : IDisposable
{
    /// <summary>Frames of one call.</summary>
    public const int MostFrames = 16;

    // How long a call waits for a frame of this end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly FeedCall _call = new(hub, IdentityOf(peer), time);
    private readonly Channel<byte[]> _in = Channel.CreateBounded<byte[]>(2 * MostFrames);
    private readonly Channel<byte[]> _out = Channel.CreateBounded<byte[]>(2);
    private readonly CancellationTokenSource _end = new();

    /// <summary>When the other end was last heard (timestamp).</summary>
    public long HeardAt { get; private set; } = time.GetTimestamp();

    /// <summary>Whether the feed has ended.</summary>
    public bool IsOver => _end.IsCancellationRequested;

    /// <summary>Carries the feed until either end ends it. Does not throw.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (!hub.IsCutOff(_call.Peer) && hub.TryJoin(_call))
            {
                await _call.RunAsync(ReadAsync, frame => _out.Writer.WriteAsync(frame.ToByteArray(), _end.Token).AsTask(), _end.Cancel, _end.Token);
            }
        }
        catch (Exception e)
        {
            hub.Log.Ended(_call.Name, e.Message);
        }

        hub.Leave(_call);
        await _end.CancelAsync();
    }

    /// <summary>Ends the feed. Calls that are under way still ask for the token, and it holds nothing else.</summary>
    public void Dispose() => _end.Cancel();

    /// <summary>Takes frames of the other end.</summary>
    public async Task TakeAsync(byte[][] frames)
    {
        HeardAt = time.GetTimestamp();
        foreach (var frame in frames)
        {
            await _in.Writer.WriteAsync(frame, _end.Token);
        }
    }

    /// <summary>Frames for the other end; none if there are none now.</summary>
    /// <param name="waits">Wait up to a second for the first.</param>
    public async Task<byte[][]> NextAsync(bool waits)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _end.Token);
        var frames = new List<byte[]>();
        try
        {
            while (frames.Count < MostFrames && (waits && frames.Count == 0 ? await _out.Reader.WaitToReadAsync(cancel.Token) : _out.Reader.TryPeek(out _)))
            {
                if (_out.Reader.TryRead(out var frame))
                {
                    frames.Add(frame);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // There is none.
        }

        return [.. frames];
    }

    // Nodes of the cluster need not have a certificate of the network.
    private static NodeIdentity IdentityOf(string peer) => new("this cluster", peer, OriginId.Read(SHA256.HashData(Encoding.UTF8.GetBytes($"cluster {peer}"))));

    private async ValueTask<TrustFrame?> ReadAsync() => TrustFrame.Parser.ParseFrom(await _in.Reader.ReadAsync(_end.Token));
}
