using System.Net;
using System.Threading.Channels;
using Grpc.Core;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>One duplex call with a neighbour, opened by either end: frames leave through a bounded queue, and are read one at a time.</summary>
internal sealed class PeerLink : IDisposable
{
    /// <summary>Octets before each message: a flag and a length.</summary>
    public const int FramePrefix = 5;

    // Octets that may wait for a slow reader: several snapshots, or minutes of batches. A slower reader is cut off.
    private const long MaxQueued = 32 * 1024 * 1024;

    // Octets that the smallest frame counts while it waits: about the memory of its objects.
    private const int LeastFrame = 256;

    // Octets of frames that wait together and leave together.
    private const int MaxGathered = 64 * 1024;

    // The last frames, a goodbye among them, have this long to leave.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(3);

    private readonly Channel<(Protocol.Exchange.Wire.Frame Frame, int Size)> _outgoing =
        Channel.CreateUnbounded<(Protocol.Exchange.Wire.Frame, int)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _abort;
    private long _queued;
    private long _sent;
    private long _received;

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

    /// <summary>The address that this node connected to; null when the peer connected.</summary>
    public string? ConnectedTo { get; }

    /// <summary>The address that the peer's call came from; null when this node called.</summary>
    public IPAddress? SeenFrom { get; init; }

    /// <summary>Octets that wait to be sent.</summary>
    public long Queued => Volatile.Read(ref _queued);

    /// <summary>Octets of frames that were sent or wait to be sent, since the link was opened.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Octets of frames that came in, since the link was opened.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Cancelled when the call is to end at once.</summary>
    public CancellationToken Aborted => _abort.Token;

    /// <summary>Queues a frame; never waits. False when too much waits already: the peer reads too slowly, and the link is to be cut off.</summary>
    public bool TrySend(Protocol.Exchange.Wire.Frame frame, int size)
    {
        Interlocked.Add(ref _sent, size);
        size = Math.Max(size, LeastFrame);
        if (Interlocked.Add(ref _queued, size) > MaxQueued)
        {
            return false;
        }

        _outgoing.Writer.TryWrite((frame, size));
        return true;
    }

    /// <summary>Ends the call after the frames that were queued before.</summary>
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

    /// <summary>Carries frames until either side ends the call. Failures of the network do not throw.</summary>
    /// <param name="read">The next message; null at the end.</param>
    /// <param name="write">Sends a message; true: another one follows at once, and both may leave together.</param>
    /// <param name="writeEnd">Says that no more messages follow.</param>
    /// <param name="received">Takes a message and its octets on the wire; the next is read when it is done.</param>
    /// <returns>What was wrong with a message that ended the link; null if it ended in another way.</returns>
    public async Task<string?> RunAsync(
        Func<ValueTask<Protocol.Exchange.Wire.Frame?>> read,
        Func<Protocol.Exchange.Wire.Frame, bool, Task> write,
        Func<Task> writeEnd,
        Func<Protocol.Exchange.Wire.Frame, int, ValueTask> received)
    {
        var writing = WriteAllAsync(write, writeEnd);
        string? failure = null;
        try
        {
            while (await read() is { } frame)
            {
                var size = frame.CalculateSize() + FramePrefix;
                Interlocked.Add(ref _received, size);
                await received(frame, size);
            }

            Close();
        }
        catch (Exception e) when (IsOfNetwork(e))
        {
            failure = FailureOf(e);
            Abort(); // the peer has ended the connection, or this side has aborted it
        }

        await writing;
        return failure;
    }

    public void Dispose() => _abort.Dispose();

    private static bool IsOfNetwork(Exception e) => e is RpcException or IOException or InvalidDataException or OperationCanceledException or InvalidOperationException;

    private string? FailureOf(Exception e) => ConnectedTo is null ? GrpcMessageFault.OfCaller(e, ExchangeLimits.FrameSize) : GrpcMessageFault.OfServer(e);

    private async Task WriteAllAsync(Func<Protocol.Exchange.Wire.Frame, bool, Task> write, Func<Task> writeEnd)
    {
        var gathered = 0;
        try
        {
            await foreach (var (frame, size) in _outgoing.Reader.ReadAllAsync(Aborted))
            {
                Interlocked.Add(ref _queued, -size);
                gathered += size;
                var follows = gathered < MaxGathered && _outgoing.Reader.TryPeek(out _);
                gathered = follows ? gathered : 0;
                await write(frame, follows);
            }

            await writeEnd();
        }
        catch (Exception e) when (IsOfNetwork(e))
        {
            Abort();
        }
    }
}
