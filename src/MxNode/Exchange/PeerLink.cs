using System.Threading.Channels;
using Grpc.Core;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>One duplex call with a neighbour, opened by either side. Outgoing frames pass a bounded queue; incoming frames are handled one at a time.</summary>
internal sealed class PeerLink : IDisposable
{
    /// <summary>Octets before each message: a flag and a length.</summary>
    public const int FramePrefix = 5;

    // The most octets that may wait for a slow reader: several snapshots, or minutes of batches. A slower reader is of no use, and is cut off.
    private const long MaxQueued = 32 * 1024 * 1024;

    // The least size of a waiting frame, in octets: about what its objects take.
    private const int LeastFrame = 256;

    // How long the last frame, a goodbye, may take before the call is ended.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(3);

    private readonly Channel<(Protocol.Exchange.Wire.Frame Frame, int Size)> _outgoing =
        Channel.CreateUnbounded<(Protocol.Exchange.Wire.Frame, int)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _abort;
    private long _queued;

    public PeerLink(LinkId id, NodeIdentity peer, Member member, string? connectedTo, TimeProvider time)
    {
        (Id, Peer, Member, ConnectedTo) = (id, peer, member, connectedTo);
        _abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    public LinkId Id { get; }

    public NodeIdentity Peer { get; }

    public Member Member { get; }

    /// <summary>The peer, for the log.</summary>
    public string Title => Peer.Title;

    /// <summary>The address that this node called; null when the peer called.</summary>
    public string? ConnectedTo { get; }

    /// <summary>Octets that wait to be sent.</summary>
    public long Queued => Volatile.Read(ref _queued);

    /// <summary>Cancelled when the call must end at once.</summary>
    public CancellationToken Aborted => _abort.Token;

    /// <summary>Queues a frame; never waits. False when the queue is full because the peer reads too slowly; the link must then be ended.</summary>
    public bool TrySend(Protocol.Exchange.Wire.Frame frame, int size)
    {
        size = Math.Max(size, LeastFrame);
        if (Interlocked.Add(ref _queued, size) > MaxQueued)
        {
            return false;
        }

        _outgoing.Writer.TryWrite((frame, size));
        return true;
    }

    /// <summary>Ends the call after the queued frames were sent.</summary>
    public void Close()
    {
        _outgoing.Writer.TryComplete();
        _abort.CancelAfter(Linger);
    }

    /// <summary>Ends the call at once.</summary>
    public void Abort()
    {
        _outgoing.Writer.TryComplete();
        _abort.Cancel();
    }

    /// <summary>Carries frames until either side ends the call. Network errors do not throw.</summary>
    /// <param name="read">Reads the next message; null at the end.</param>
    /// <param name="write">Sends a message.</param>
    /// <param name="writeEnd">Ends this side of the stream.</param>
    /// <param name="received">Handles a message with its octets on the wire; the next message is read when this completes.</param>
    /// <returns>The fault in the message that ended the link; null when the link ended for another reason.</returns>
    public async Task<string?> RunAsync(
        Func<ValueTask<Protocol.Exchange.Wire.Frame?>> read,
        Func<Protocol.Exchange.Wire.Frame, Task> write,
        Func<Task> writeEnd,
        Func<Protocol.Exchange.Wire.Frame, int, ValueTask> received)
    {
        var writing = WriteAllAsync(write, writeEnd);
        string? failure = null;
        try
        {
            while (await read() is { } frame)
            {
                await received(frame, frame.CalculateSize() + FramePrefix);
            }

            Close();
        }
        catch (Exception e) when (IsOfNetwork(e))
        {
            failure = FailureOf(e);
            Abort(); // the peer ended the call, or this side aborted it; either way the link is over
        }

        await writing;
        return failure;
    }

    public void Dispose() => _abort.Dispose();

    private static bool IsOfNetwork(Exception e) => e is RpcException or IOException or InvalidDataException or OperationCanceledException or InvalidOperationException;

    private string? FailureOf(Exception e) => ConnectedTo is null ? MessageFault.OfCaller(e, ExchangeLimits.FrameSize) : MessageFault.OfServer(e);

    private async Task WriteAllAsync(Func<Protocol.Exchange.Wire.Frame, Task> write, Func<Task> writeEnd)
    {
        try
        {
            await foreach (var (frame, size) in _outgoing.Reader.ReadAllAsync(Aborted))
            {
                Interlocked.Add(ref _queued, -size);
                await write(frame);
            }

            await writeEnd();
        }
        catch (Exception e) when (IsOfNetwork(e))
        {
            Abort();
        }
    }
}
