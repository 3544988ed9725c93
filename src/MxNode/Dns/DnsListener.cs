using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// Serves DNS by UDP and TCP on one address and port. Under any load it holds one datagram a worker and a fixed number of
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
    private readonly ILogger _logger;
    private readonly Task _work;

    private DnsListener((Socket Udp, Socket Tcp) sockets, Func<DnsMessage, DnsMessage?> handler, int workers, TimeProvider time, ILogger logger)
    {
        (_udp, _tcp, _logger) = (sockets.Udp, sockets.Tcp, logger);
        EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
        _responder = new DnsResponder(handler, logger);
        _work = Task.WhenAll(
        [
            .. Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(ServeUdp, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
            Task.Run(() => new DnsTcpServer(_tcp, _responder, time, logger).RunAsync(_stop.Token)),
        ]);
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
    /// <param name="workers">Threads that answer by UDP.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public static DnsListener Start(
        IPEndPoint endPoint, Func<DnsMessage, DnsMessage?> handler, TimeProvider? time = null, ILogger? logger = null, int workers = 1) =>
        new(Bind(endPoint), handler, workers, time ?? TimeProvider.System, logger ?? NullLogger.Instance);

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

    /// <summary>
    /// One datagram after the other on a thread of its own, without allocations of its own: an answer takes a few microseconds,
    /// and waiting for each by way of the thread pool would cost more than that.
    /// </summary>
    private void ServeUdp()
    {
        var query = new byte[MaxDatagram];
        var answer = new byte[DnsEdns.SafeUdpSize];
        var client = new SocketAddress(_udp.AddressFamily);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var length = _udp.ReceiveFrom(query, SocketFlags.None, client);
                length = _responder.AnswerByUdp(query.AsSpan(0, length), answer);
                if (length > 0)
                {
                    Send(answer.AsSpan(0, length), client);
                }
            }
            catch (SocketException e) when (!_stop.IsCancellationRequested)
            {
                _logger.SocketFailed(e);
                _stop.Token.WaitHandle.WaitOne(ErrorPause);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>A forged source (port 0, a broadcast address) makes this fail: that is the answer's loss only, and must not slow the others.</summary>
    private void Send(ReadOnlySpan<byte> answer, SocketAddress client)
    {
        try
        {
            _udp.SendTo(answer, SocketFlags.None, client);
        }
        catch (SocketException e)
        {
            _logger.SocketFailed(e);
        }
    }
}
