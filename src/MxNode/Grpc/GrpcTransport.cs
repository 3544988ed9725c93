using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ThrottleNet.MxNode.Grpc;

/// <summary>HTTP/2 as gRPC between nodes wants it, on both sides.</summary>
internal static class GrpcTransport
{
    /// <summary>A connection silent for this long is pinged: a dead peer is to be noticed within seconds, see <see cref="PingTimeout"/>.</summary>
    public static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(5);

    /// <summary>A ping not answered within this time ends the connection and all its calls.</summary>
    public static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A connection not made within this time has failed: the same patience as with a silent peer.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The server's connections. A client that reads slower than Kestrel's least rate (240 octets a second) is cut off by it.</summary>
    /// <param name="limits">What is set.</param>
    /// <param name="pingDelay">Instead of <see cref="PingDelay"/>; at least a second.</param>
    /// <param name="pingTimeout">Instead of <see cref="PingTimeout"/>; at least a second.</param>
    public static void Configure(Http2Limits limits, TimeSpan? pingDelay = null, TimeSpan? pingTimeout = null)
    {
        limits.KeepAlivePingDelay = pingDelay ?? PingDelay;
        limits.KeepAlivePingTimeout = pingTimeout ?? PingTimeout;
    }

    /// <summary>The client's connections; with TLS, whose options bring the own certificate and the check of the server's.</summary>
    /// <param name="tls">Null: no TLS.</param>
    /// <param name="pingDelay">Instead of <see cref="PingDelay"/>; at least a second.</param>
    /// <param name="pingTimeout">Instead of <see cref="PingTimeout"/>; at least a second.</param>
    public static SocketsHttpHandler CreateHandler(SslClientAuthenticationOptions? tls = null, TimeSpan? pingDelay = null, TimeSpan? pingTimeout = null)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            EnableMultipleHttp2Connections = true, // more calls than one connection takes open another
            KeepAlivePingDelay = pingDelay ?? PingDelay,
            KeepAlivePingTimeout = pingTimeout ?? PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan, // as long as the peer keeps it
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
        };
        if (tls is not null)
        {
            handler.SslOptions = tls;
        }

        return handler;
    }
}
