using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Reads the octets of messages from a client, as they follow DATA or in BDAT chunks, piece by piece in bounded memory.</summary>
internal sealed class ContentReader(ClientTransport client, ReadDeadline deadline, TimeProvider time)
{
    /// <summary>Reads a message's text as it follows DATA. <see cref="WireEvent.Line"/>: its end was reached.</summary>
    /// <param name="reader">A new one.</param>
    /// <param name="text">Takes the content.</param>
    /// <param name="silence">How long nothing may come.</param>
    /// <param name="total">How long it may take in all.</param>
    public ValueTask<WireEvent> ReadTextAsync(MessageTextReader reader, MessageText text, TimeSpan silence, TimeSpan total) =>
        ReadAsync(long.MaxValue, reader, text, silence, total);

    /// <summary>Reads the octets of one chunk. <see cref="WireEvent.Line"/>: all are here.</summary>
    /// <param name="octets">How many they are.</param>
    /// <param name="reader">Of the whole text; null throws the octets away.</param>
    /// <param name="text">Takes the content; null likewise.</param>
    /// <param name="silence">How long nothing may come.</param>
    /// <param name="total">How long it may take in all.</param>
    public ValueTask<WireEvent> ReadChunkAsync(long octets, MessageTextReader? reader, MessageText? text, TimeSpan silence, TimeSpan total) =>
        octets == 0 ? new(WireEvent.Line) : ReadAsync(octets, reader, text, silence, total);

    private async ValueTask<WireEvent> ReadAsync(long octets, MessageTextReader? reader, MessageText? text, TimeSpan silence, TimeSpan total)
    {
        var from = time.GetTimestamp();
        while (true)
        {
            // Before each piece, not behind it: chunks that are smaller than a piece fill the text as well.
            if (text is { IsFull: true })
            {
                await text.SpillAsync();
            }

            var left = total - time.GetElapsedTime(from);
            var (end, read) = await ReadPieceAsync(octets, reader, text, left < silence ? left > TimeSpan.Zero ? left : TimeSpan.Zero : silence);
            octets -= read;

            // Draining does not interrupt a text: a message in flight is finished first.
            if (end is not (null or WireEvent.Draining))
            {
                return end.Value;
            }

            if (octets == 0)
            {
                return WireEvent.Line;
            }
        }
    }

    private async ValueTask<(WireEvent? End, long Read)> ReadPieceAsync(long octets, MessageTextReader? reader, MessageText? text, TimeSpan timeout)
    {
        using var limit = deadline.Arm(timeout);
        if (await client.ReadAsync() is not { } result)
        {
            return (WireEvent.Closed, 0);
        }

        var all = result.Buffer;
        var piece = all.Slice(0, Math.Min(all.Length, Math.Min(octets, MessageText.MaxPiece)));
        var rest = piece;
        var done = reader?.Read(ref rest, text!) == true;
        var read = done ? piece.Length - rest.Length : piece.Length;
        client.AdvanceTo(all.GetPosition(read));
        return (done ? WireEvent.Line : read < all.Length || read == octets ? null : deadline.Ended(result), read);
    }
}
