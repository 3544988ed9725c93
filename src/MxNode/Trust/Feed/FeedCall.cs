using System.Threading.Channels;
using Grpc.Core;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Trust.Wire;
using ThrottleNet.TrustList.Feed;

namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>One call of the feed, opened by either side. A frame is made only when it can be sent, so no frames wait in memory.</summary>
internal sealed class FeedCall(FeedHub hub, NodeIdentity peer, TimeProvider time)
{
    private const int FramesASecond = 200;
    private const int FrameBurst = 2_000;
    private const int OctetsASecond = 16 * 1024 * 1024;
    private const int OctetBurst = 128 * 1024 * 1024;

    // How often it is checked whether time alone has made something due.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // How long a last frame may take before the call is reset.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly FeedPeer _feed = new();
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Pace _reading = new(time, FramesASecond, FrameBurst);
    private readonly Pace _octets = new(time, OctetsASecond, OctetBurst);
    private readonly Pace _serving = new(time, OctetsASecond, OctetBurst);
    private string? _fault;

    public NodeIdentity Peer => peer;

    /// <summary>The peer as the log names it.</summary>
    public string Name { get; } = peer.Title;

    /// <summary>Says that something may have changed that the peer should be sent.</summary>
    public void Wake() => _wakes.Writer.TryWrite(true);

    /// <summary>Reads or changes the call's state, under its lock.</summary>
    public T Use<T>(Func<FeedPeer, T> use)
    {
        lock (_feed)
        {
            return use(_feed);
        }
    }

    /// <inheritdoc cref="Use{T}"/>
    public void Use(Action<FeedPeer> use)
    {
        lock (_feed)
        {
            use(_feed);
        }
    }

    /// <summary>Carries the call until the peer ends it or misbehaves.</summary>
    /// <param name="read">Reads the next message; null at the end.</param>
    /// <param name="write">Sends a message.</param>
    /// <param name="abort">Ends the call at once, and both of the above.</param>
    /// <param name="cancel">The call is over.</param>
    /// <returns>The peer's fault; null when there was none.</returns>
    /// <exception cref="Exception">Any exception of <paramref name="read"/>.</exception>
    public async Task<string?> RunAsync(Func<ValueTask<TrustFrame?>> read, Func<TrustFrame, Task> write, Action abort, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var writing = WriteAllAsync(write, abort, stop.Token);
        try
        {
            while (_fault is null && await read() is { } message)
            {
                _fault = await ReceiveAsync(message, stop.Token);
            }
        }
        catch (Exception) when (_fault is not null)
        {
            // The writer has aborted the call because of that fault.
        }
        finally
        {
            await stop.CancelAsync();
            if (await Task.WhenAny(writing, Task.Delay(Linger, time, CancellationToken.None)) != writing)
            {
                abort();
            }

            await writing;
        }

        if (_fault is not null)
        {
            hub.CutOff(this, _fault);
        }

        return _fault;
    }

    private async Task<string?> ReceiveAsync(TrustFrame message, CancellationToken cancel)
    {
        await _reading.SpendAsync(1, cancel);
        await _octets.SpendAsync(message.CalculateSize(), cancel);
        if (!FeedWire.TryRead(message, out var frame))
        {
            return "a malformed frame";
        }

        string? fault = null;
        switch (frame)
        {
            case HeadsFrame heads:
                Use(feed => feed.Receive(heads));
                break;
            case LogWantFrame want:
                fault = Use(feed => feed.Receive(want, hub.Held));
                break;
            case LinesFrame lines:
                fault = Use(feed => feed.Expects(lines.Author)) ? await hub.TakeAsync(this, lines) : "lines that were not asked for";
                break;
        }

        Wake();
        return fault;
    }

    private async Task WriteAllAsync(Func<TrustFrame, Task> write, Action abort, CancellationToken cancel)
    {
        try
        {
            await using var timer = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            while (true)
            {
                if (Use(feed => feed.IsOverdue(hub.Now)))
                {
                    _fault = "no answer";
                    abort();
                    return;
                }

                if (Use(feed => feed.Next(hub.Held, hub.Now)) is not { } frame)
                {
                    timer.Change(Use(feed => feed.HoldsBack) ? FeedPeer.AnnouncePause : LookInterval, Timeout.InfiniteTimeSpan);
                    await _wakes.Reader.ReadAsync(cancel);
                    continue;
                }

                if (frame is LinesFrame lines)
                {
                    await _serving.SpendAsync(lines.Octets, cancel);
                }

                await write(FeedWire.Write(frame));
            }
        }
        catch (Exception e) when (e is RpcException or IOException or OperationCanceledException or InvalidOperationException)
        {
            // The reader usually fails too. Where it does not, the call is useless without its writer.
            if (!cancel.IsCancellationRequested)
            {
                abort();
            }
        }
    }
}
