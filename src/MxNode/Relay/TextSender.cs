using System.Buffers;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Sends a message's text to a next hop: as one BDAT chunk (RFC 3030) where the next hop offers CHUNKING and the text is in memory, else
/// after DATA. A chunk saves the round trip from DATA to 354. BINARYMIME is never used: the text has CRLF line ends, whichever way it goes.
/// </summary>
internal sealed class TextSender(NextHopConnection connection, NextHopSession session, RelayOptions options)
{
    // Octets of the text that the connection may buffer before it is flushed.
    private const int MaxUnflushed = 32 * 1024;

    private bool _isChunkingProven;

    /// <summary>Whether BDAT is used where the next hop offers it; false where it has shown lately that it does not know BDAT.</summary>
    public bool MayChunk { get; set; } = true;

    /// <inheritdoc cref="NextHopSession.SendTextAsync"/>
    public async ValueTask<SmtpReply> SendAsync(OutgoingMessage message, Func<TimeSpan> patience, CancellationToken cancel)
    {
        var whole = options.Chunking && MayChunk && session.Capabilities.Chunking && message.Head.Length > 0 ? message.Text.InMemory : null;
        var refusal = whole is { } text
            ? await WriteChunksAsync(message.Head, text[(int)message.From..], cancel)
            : await WriteDataAsync(message, cancel);
        if (refusal is not null)
        {
            return refusal;
        }

        cancel.ThrowIfCancellationRequested();
        session.Enter(TransactionStage.AwaitingVerdict);
        await connection.FlushAsync(options.DataTimeout);
        var verdict = await connection.ReadReplyAsync(patience());
        if (verdict.IsIntermediate)
        {
            throw new NextHopException(NextHopFault.Garbage, $"its answer to the text is {verdict.Code}");
        }

        // A refused BDAT may leave the transaction open (RFC 3030, section 2): RSET is due then.
        session.Enter(whole is null || verdict.IsPositive ? TransactionStage.None : TransactionStage.Envelope);
        session.IsClosing = verdict.Code == 421;
        return verdict;
    }

    // DATA, the text, the final dot, which is not flushed yet. Returns a refusal of DATA.
    private async ValueTask<SmtpReply?> WriteDataAsync(OutgoingMessage message, CancellationToken cancel)
    {
        using var abort = connection.AbortOn(cancel);
        connection.WriteLine("DATA");
        await connection.FlushAsync(options.CommandTimeout);
        var go = await session.ReadAsync(options.CommandTimeout, expectIntermediate: true);
        if (go.Code != 354)
        {
            return go.IsPositive || go.IsIntermediate ? throw new NextHopException(NextHopFault.Garbage, $"its answer to DATA is {go.Code}") : go;
        }

        session.Enter(TransactionStage.Text);
        if (connection.HasBufferedInput)
        {
            throw new NextHopException(NextHopFault.Garbage, "it speaks before the text has been sent");
        }

        var stuffer = new DotStuffer();
        await foreach (var piece in message.ReadPiecesAsync(cancel))
        {
            stuffer.Write(piece.Span, connection.Output);
            if (connection.Output.UnflushedBytes >= MaxUnflushed)
            {
                await connection.FlushAsync(options.DataTimeout);
            }
        }

        stuffer.Finish(connection.Output);
        return null;
    }

    // BDAT with the whole text, which is not flushed yet. Returns a refusal of the first chunk.
    private async ValueTask<SmtpReply?> WriteChunksAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> text, CancellationToken cancel)
    {
        using var abort = connection.AbortOn(cancel);
        if (session.HasInput)
        {
            // It closes the session. After the chunk it would be unknown who has the message.
            throw new NextHopException(NextHopFault.HungUp, "it has closed");
        }

        if (!_isChunkingProven)
        {
            var line = head.Span.IndexOf("\r\n"u8) + 2;
            if (await ProveChunkingAsync(head[..line]) is { } refusal)
            {
                return refusal;
            }

            head = head[line..];
            if (session.HasInput)
            {
                // Taken for the reply to the whole text, it could promise a message that the next hop then refuses.
                throw new NextHopException(NextHopFault.Garbage, "it speaks before the text has been sent");
            }
        }

        session.Enter(TransactionStage.Text);
        var isLineOpen = !text.Span.EndsWith("\r\n"u8);
        connection.WriteLine($"BDAT {head.Length + text.Length + (isLineOpen ? 2 : 0)} LAST");
        connection.Output.Write(head.Span);
        connection.Output.Write(text.Span);
        connection.Output.Write(isLineOpen ? "\r\n"u8 : default);
        return null;
    }

    /// <summary>
    /// Sends the proof chunk, once a session: the first line that this node has put before the message. A next hop that does not know BDAT, or a
    /// firewall before it, would take the octets of a chunk for commands: it must never see a client's text that way.
    /// </summary>
    private async ValueTask<SmtpReply?> ProveChunkingAsync(ReadOnlyMemory<byte> line)
    {
        connection.WriteLine($"BDAT {line.Length}");
        connection.Output.Write(line.Span);
        await connection.FlushAsync(options.CommandTimeout);
        var reply = await session.ReadAsync(options.CommandTimeout);
        if (reply.Code is >= 500 and <= 504)
        {
            throw new NextHopException(NextHopFault.ChunkingFailed, reply);
        }

        _isChunkingProven = reply.IsPositive;
        return _isChunkingProven ? null : reply;
    }
}
