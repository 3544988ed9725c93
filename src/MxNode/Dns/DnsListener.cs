using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// Serves DNS by UDP and TCP on one address and port. Memory is bounded under any load: one datagram for each worker and a fixed
/// number of connections. Further datagrams wait in the kernel's buffer, and the kernel drops them when it is full.
/// </summary>
internal sealed class DnsListener : IAsyncDisposable
{
    /// <summary>Octets. A query has one name and perhaps EDNS; a longer datagram is cut and so malformed.</summary>
    private const int MaxDatagram = 1232;

    /// <summary>Octets of queries that may wait in the kernel: a burst of about a thousand. The system may grant less.</summary>
    private const int ReceiveBuffer = 1 << 20;

    /// <summary>How many ports are tried when any port will do: a port that is free for UDP may be in use for TCP.</summary>
    private const int MaxPortTries = 50;

    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly DnsResponder _responder;
    private readonly DnsDuties _duties;
    private readonly ILogger _logger;
    private readonly Task _work;

    private DnsListener((Socket Udp, Socket Tcp) sockets, Func<DnsMessage, DnsMessage?> handler, int workers, DnsDuties duties, TimeProvider time, ILogger logger)
    {
        (_udp, _tcp, _duties, _logger) = (sockets.Udp, sockets.Tcp, duties, logger);
        EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
        _responder = new DnsResponder(handler, logger);
        _work = Task.WhenAll(
        [
            .. Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(ServeUdp, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
            Task.Run(() => new DnsTcpServer(_tcp, _responder, duties, time, logger).RunAsync(_stop.Token)),
        ]);
    }

    /// <summary>The pause after a socket error, so that a lasting error costs no processor time.</summary>
    public static TimeSpan ErrorPause => TimeSpan.FromMilliseconds(100);

    /// <summary>The bound endpoint; its port is never 0.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Binds the sockets and begins to answer.</summary>
    /// <param name="endPoint">Port 0 takes a port that is free for both UDP and TCP.</param>
    /// <param name="handler">Makes the answer to a well-formed query with one question; null sends no answer. Called by several threads at once; it should not block.</param>
    /// <param name="time">Measures how long connections are idle.</param>
    /// <param name="logger">Logs errors of sockets and of the handler, at debug level.</param>
    /// <param name="workers">The number of threads that answer by UDP.</param>
    /// <param name="duties">Counts connections, and takes failures; null: neither.</param>
    /// <exception cref="SocketException">The port is in use.</exception>
    public static DnsListener Start(
        IPEndPoint endPoint, Func<DnsMessage, DnsMessage?> handler, TimeProvider? time = null, ILogger? logger = null, int workers = 1, DnsDuties? duties = null)
    {
        time ??= TimeProvider.System;
        return new(Bind(endPoint), handler, workers, duties ?? DnsDuties.Unbounded(time), time, logger ?? NullLogger.Instance);
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

    /// <summary>
    /// Answers one datagram after the other on a thread of its own, which no failure ends. An answer takes a few microseconds; going through the thread
    /// pool for each datagram would cost more than that.
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

                _duties.Works();
            }
            catch (Exception e) when (!_stop.IsCancellationRequested && e is not OutOfMemoryException)
            {
                _duties.Failed(e);
                _logger.SocketFailed(OrdinaryFault.ReasonOf(e));
                _stop.Token.WaitHandle.WaitOne(ErrorPause);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>Sending fails where the source was forged (port 0, a broadcast address). Only that answer is lost; there is no pause.</summary>
    private void Send(ReadOnlySpan<byte> answer, SocketAddress client)
    {
        try
        {
            _udp.SendTo(answer, SocketFlags.None, client);
        }
        catch (SocketException e)
        {
            _logger.SocketFailed(OrdinaryFault.ReasonOf(e));
        }
    }
}
