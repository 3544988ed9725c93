using System.Net;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Relay.Wire;

namespace ThrottleNet.MxNode.Egress;

/// <summary>One call by which two neighbours share notes, whichever of them opened it.</summary>
internal sealed class NoteCall(PeerNotes notes, OwnNote own, EgressLog log, TimeProvider time)
{
    // The least time between two notes in one direction.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Sends this node's notes and takes the peer's, until one of them ends the call.</summary>
    /// <param name="peer">The node at the other end.</param>
    /// <param name="seenFrom">The address that its call came from; null when this node called.</param>
    /// <param name="read">The next note; null at the end.</param>
    /// <param name="write">Sends a note.</param>
    /// <param name="end">Ends the call.</param>
    /// <exception cref="Grpc.Core.RpcException">The call has failed.</exception>
    /// <exception cref="IOException">The call has failed.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async Task RunAsync(NodeIdentity peer, IPAddress? seenFrom, Func<CancellationToken, ValueTask<RelayNote?>> read, Func<RelayNote, Task> write, CancellationToken end)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(end);
        var writing = WriteAsync(seenFrom, write, over.Token);
        var reading = ReadAsync(peer, read, over.Token);
        try
        {
            await await Task.WhenAny(reading, writing);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(NodeIdentity peer, Func<CancellationToken, ValueTask<RelayNote?>> read, CancellationToken cancel)
    {
        try
        {
            while (await read(cancel) is { } message)
            {
                var (before, note) = (notes.Of(peer.Origin), NoteWire.Read(message));
                notes.Set(peer.Origin, this, note);
                if (note.LeftName != (before?.LeftName ?? false))
                {
                    log.PeerName(peer.Title, note.LeftName ? "has left the magic name, because destinations refuse it for its name" : "is back in the magic name");
                }

                await Task.Delay(Interval, time, cancel);
            }
        }
        finally
        {
            notes.Remove(peer.Origin, this);
        }
    }

    private async Task WriteAsync(IPAddress? seenFrom, Func<RelayNote, Task> write, CancellationToken cancel)
    {
        for (RelayNote? sent = null; ; await Task.Delay(Interval, time, cancel))
        {
            var note = own.For(seenFrom);
            if (!note.Equals(sent))
            {
                await write(note).WaitAsync(cancel);
                sent = note;
            }
        }
    }
}
