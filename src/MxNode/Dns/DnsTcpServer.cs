using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>The TCP side of <see cref="DnsListener"/> (RFC 7766): connections bounded in number and in time, and without a buffer while idle.</summary>
internal sealed class DnsTcpServer(Socket listener, DnsResponder responder, TimeProvider time, ILogger logger)
{
    /// <summary>Connections at a time: TCP is for the few answers that do not fit a datagram. Others wait in the backlog.</summary>
    public const int MaxConnections = 100;

    /// <summary>A query has one name and perhaps EDNS.</summary>
    private const int MaxQuery = 4096;

    /// <summary>From one answer to the end of the next query, and for taking an answer: "a few seconds" (RFC 7766, section 6.2.3).</summary>
    public static TimeSpan IdleTime => TimeSpan.FromSeconds(5);

    /// <summary>Ends when the listener stops and all connections are closed.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var slots = new SemaphoreSlim(MaxConnections);
        while (!stop.IsCancellationRequested)
        {
            await slots.WaitAsync(CancellationToken.None);
            try
            {
                _ = ServeAsync(await listener.AcceptAsync(stop), slots, stop);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                slots.Release();
                if (!stop.IsCancellationRequested)
                {
                    logger.SocketFailed(e);
                    await Task.Delay(DnsListener.ErrorPause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }

        for (var i = 0; i < MaxConnections; i++)
        {
            await slots.WaitAsync(CancellationToken.None);
        }
    }

    private async Task ServeAsync(Socket socket, SemaphoreSlim slots, CancellationToken stop)
    {
        try
        {
            using var idle = new CancellationTokenSource(IdleTime, time);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, stop);
            socket.NoDelay = true;
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            while (await ServeQueryAsync(stream, end.Token))
            {
                idle.CancelAfter(IdleTime);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // The client hung up or was too slow, or this is the end: there is nobody to tell.
        }
        finally
        {
            socket.Dispose();
            slots.Release();
        }
    }

    private async Task<bool> ServeQueryAsync(NetworkStream stream, CancellationToken cancel)
    {
        var head = new byte[sizeof(ushort)];
        await stream.ReadExactlyAsync(head, cancel);
        int length = BinaryPrimitives.ReadUInt16BigEndian(head);
        if (length > MaxQuery)
        {
            return false;
        }

        var query = ArrayPool<byte>.Shared.Rent(MaxQuery);
        var answer = ArrayPool<byte>.Shared.Rent(sizeof(ushort) + DnsMessage.MaxLength);
        try
        {
            await stream.ReadExactlyAsync(query.AsMemory(0, length), cancel);
            length = responder.AnswerByTcp(query.AsSpan(0, length), answer.AsSpan(sizeof(ushort)));
            if (length > 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(answer, (ushort)length);
                await stream.WriteAsync(answer.AsMemory(0, sizeof(ushort) + length), cancel);
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(query);
            ArrayPool<byte>.Shared.Return(answer);
        }
    }
}
