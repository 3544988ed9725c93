using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// The TCP side of <see cref="DnsListener"/> (RFC 7766). Connections are bounded in number and in time, and hold no buffer while
/// idle. When all places are taken, a newcomer takes the place of the connection that has waited longest among those of the
/// client (host block) with the most connections, so that slow clients do not delay other clients.
/// </summary>
internal sealed class DnsTcpServer(Socket listener, DnsResponder responder, DnsDuties duties, TimeProvider time, ILogger logger)
{
    /// <summary>Connections at a time: TCP is for the few answers that do not fit a datagram.</summary>
    public const int MaxConnections = 100;

    /// <summary>Octets of a query: it has one name and perhaps EDNS.</summary>
    private const int MaxQuery = 4096;

    // Less than its share: the socket of a connection that lost its place is closed a moment later.
    private readonly int _most = Math.Min(MaxConnections, Math.Max(1, duties.Descriptors.Most(Listener.Dns) * 3 / 4));

    private readonly Lock _lock = new();

    // The connection whose last query, or whose accept, was longest ago is first.
    private readonly LinkedList<Connection> _open = [];

    /// <summary>The time from one answer to the end of the next query, and for the client to take an answer: "a few seconds" (RFC 7766, section 6.2.3).</summary>
    public static TimeSpan IdleTime => TimeSpan.FromSeconds(5);

    /// <summary>Ends when the listener stops and all connections are closed.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(stop);
                duties.Works();
                if (!duties.Descriptors.TryTake(Listener.Dns, trusted: true))
                {
                    socket.Dispose();
                    continue;
                }

                var node = Admit(ClientOf(socket));
                node.Value.Work = ServeAsync(socket, node, stop);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                if (!stop.IsCancellationRequested)
                {
                    duties.Failed(e);
                    logger.SocketFailed(OrdinaryFault.ReasonOf(e));
                    await Task.Delay(DnsListener.ErrorPause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }

        Task[] left;
        lock (_lock)
        {
            left = [.. _open.Select(connection => connection.Work)];
        }

        await Task.WhenAll(left);
    }

    private static IpBlock ClientOf(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint is IPEndPoint peer ? IpBlock.Of(peer.Address) : default;
        }
        catch (SocketException)
        {
            return default; // the client has reset the connection; serving it fails at once
        }
    }

    private LinkedListNode<Connection> Admit(IpBlock client)
    {
        LinkedListNode<Connection>? victim = null;
        LinkedListNode<Connection> node;
        lock (_lock)
        {
            if (_open.Count >= _most)
            {
                victim = FindVictimUnderLock();
                _open.Remove(victim);
            }

            node = _open.AddLast(new Connection(client));
        }

        victim?.Value.Abort.Cancel();
        return node;
    }

    private LinkedListNode<Connection> FindVictimUnderLock()
    {
        var greediest = _open.CountBy(connection => connection.Client).MaxBy(pair => pair.Value).Key;
        var node = _open.First!;
        while (node.Value.Client != greediest)
        {
            node = node.Next!;
        }

        return node;
    }

    private async Task ServeAsync(Socket socket, LinkedListNode<Connection> node, CancellationToken stop)
    {
        try
        {
            using var idle = new CancellationTokenSource(IdleTime, time);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, node.Value.Abort.Token, stop);
            socket.NoDelay = true;
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            while (await ServeQueryAsync(stream, node, end.Token))
            {
                idle.CancelAfter(IdleTime);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // The client closed the connection or was too slow, or its place was given away, or the listener stops.
        }
        finally
        {
            socket.Dispose();
            duties.Descriptors.Release(Listener.Dns);
            Remove(node);
        }
    }

    private void MoveToEnd(LinkedListNode<Connection> node)
    {
        lock (_lock)
        {
            if (node.List is not null)
            {
                _open.Remove(node);
                _open.AddLast(node);
            }
        }
    }

    private void Remove(LinkedListNode<Connection> node)
    {
        lock (_lock)
        {
            if (node.List is not null)
            {
                _open.Remove(node);
            }
        }
    }

    private async Task<bool> ServeQueryAsync(NetworkStream stream, LinkedListNode<Connection> node, CancellationToken cancel)
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
            MoveToEnd(node);
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

    /// <param name="client">The block of the client's address.</param>
    private sealed class Connection(IpBlock client)
    {
        public IpBlock Client => client;

        public CancellationTokenSource Abort { get; } = new();

        /// <summary>Set by the accept loop alone.</summary>
        public Task Work { get; set; } = Task.CompletedTask;
    }
}
