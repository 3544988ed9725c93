using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// Serves DNS by UDP and TCP on one address and port. Under any load it holds one datagram and a fixed number of
/// connections: what comes in beyond that waits in the kernel, and is dropped there.
/// </summary>
internal sealed class DnsListener : IAsyncDisposable
{
    /// <summary>A query has one name and perhaps EDNS; a longer one is cut and so malformed.</summary>
    private const int MaxDatagram = 1232;

    /// <summary>Octets of queries that wait in the kernel: a burst of a thousand or so. The system may grant less.</summary>
    private const int ReceiveBuffer = 1 << 20;

    /// <summary>How many pairs of ports are tried when any will do: few of those free for UDP are taken for TCP.</summary>
    private const int MaxPortTries = 50;

    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly DnsResponder _responder;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _work;

    private DnsListener(Socket udp, Socket tcp, Func<DnsMessage, DnsMessage?> handler, TimeProvider time, ILogger logger)
    {
        (_udp, _tcp, _time, _logger) = (udp, tcp, time, logger);
        EndPoint = (IPEndPoint)udp.LocalEndPoint!;
        _responder = new DnsResponder(handler, logger);
        _work = Task.WhenAll(
            Task.Run(() => ServeUdpAsync(_stop.Token)),
            Task.Run(() => new DnsTcpServer(tcp, _responder, time, logger).RunAsync(_stop.Token)));
    }

    /// <summary>After a socket's error, so that a lasting one costs no processor time.</summary>
    public static TimeSpan ErrorPause => TimeSpan.FromMilliseconds(100);

    /// <summary>Where it listens; the port is never 0.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Listens from now on.</summary>
    /// <param name="endPoint">With port 0, one that is free for both.</param>
    /// <param name="handler">Makes the answer to a well-formed query with one question, or null for silence. Called by several threads; it should not block.</param>
    /// <param name="time">Measures idle connections.</param>
    /// <param name="logger">Hears at debug level what went wrong.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public static DnsListener Start(
        IPEndPoint endPoint, Func<DnsMessage, DnsMessage?> handler, TimeProvider? time = null, ILogger? logger = null)
    {
        var (udp, tcp) = Bind(endPoint);
        return new DnsListener(udp, tcp, handler, time ?? TimeProvider.System, logger ?? NullLogger.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _work;
        _stop.Dispose();
    }

    private static (Socket Udp, Socket Tcp) Bind(IPEndPoint endPoint)
    {
        for (var tries = 1; ; tries++)
        {
            var udp = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = ReceiveBuffer };
            var tcp = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                udp.Bind(endPoint);
                tcp.Bind(udp.LocalEndPoint!);
                tcp.Listen();
                return (udp, tcp);
            }
            catch (SocketException e)
            {
                udp.Dispose();
                tcp.Dispose();
                if (e.SocketErrorCode != SocketError.AddressAlreadyInUse || endPoint.Port != 0 || tries == MaxPortTries)
                {
                    throw;
                }
            }
        }
    }

    /// <summary>One datagram after the other, without allocations of its own; an answer takes microseconds.</summary>
    private async Task ServeUdpAsync(CancellationToken stop)
    {
        var query = GC.AllocateUninitializedArray<byte>(MaxDatagram, pinned: true);
        var answer = GC.AllocateUninitializedArray<byte>(DnsEdns.SafeUdpSize, pinned: true);
        var client = new SocketAddress(_udp.AddressFamily);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var length = await _udp.ReceiveFromAsync(query, SocketFlags.None, client, stop);
                length = _responder.AnswerByUdp(query.AsSpan(0, length), answer);
                if (length > 0)
                {
                    await SendAsync(answer.AsMemory(0, length), client, stop);
                }
            }
            catch (SocketException e) when (!stop.IsCancellationRequested)
            {
                _logger.SocketFailed(e);
                await Task.Delay(ErrorPause, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>A forged source (port 0, a broadcast address) makes this fail: that is the answer's loss only, and must not slow the others.</summary>
    private async ValueTask SendAsync(ReadOnlyMemory<byte> answer, SocketAddress client, CancellationToken stop)
    {
        try
        {
            await _udp.SendToAsync(answer, SocketFlags.None, client, stop);
        }
        catch (SocketException e)
        {
            _logger.SocketFailed(e);
        }
    }
}
