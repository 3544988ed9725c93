using System.Net.Security;
using System.Net.Sockets;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The HTTP/2 settings of calls between nodes, for both sides.</summary>
internal static class PeerTransport
{
    /// <summary>A connection that is silent for this long is pinged.</summary>
    public static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(5);

    /// <summary>A ping that is not answered within this time ends the connection and all its calls.</summary>
    public static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A connection attempt that takes longer has failed. The time equals the tolerated silence of a peer: <see cref="PingDelay"/> plus <see cref="PingTimeout"/>.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Sets the pings of a server. Kestrel itself ends a connection that reads less than 240 octets a second.</summary>
    /// <param name="limits">Receives the settings.</param>
    /// <param name="pingDelay">Replaces <see cref="PingDelay"/>; at least one second.</param>
    /// <param name="pingTimeout">Replaces <see cref="PingTimeout"/>; at least one second.</param>
    public static void Configure(Http2Limits limits, TimeSpan? pingDelay = null, TimeSpan? pingTimeout = null)
    {
        limits.KeepAlivePingDelay = pingDelay ?? PingDelay;
        limits.KeepAlivePingTimeout = pingTimeout ?? PingTimeout;
    }

    /// <summary>A client's connections.</summary>
    /// <param name="tls">The client's certificate and the check of the server's; null: no TLS.</param>
    /// <param name="pingDelay">Replaces <see cref="PingDelay"/>; at least one second.</param>
    /// <param name="pingTimeout">Replaces <see cref="PingTimeout"/>; at least one second.</param>
    public static SocketsHttpHandler CreateHandler(SslClientAuthenticationOptions? tls = null, TimeSpan? pingDelay = null, TimeSpan? pingTimeout = null)
    {
        var handler = new SocketsHttpHandler
        {
            // With a callback the gRPC channel leaves connecting to the handler; otherwise it balances and backs off by itself.
            ConnectCallback = (context, cancel) => ConnectAsync(socket => socket.ConnectAsync(context.DnsEndPoint, cancel)),
            ConnectTimeout = ConnectTimeout,
            EnableMultipleHttp2Connections = true, // a server allows 100 calls on a connection
            KeepAlivePingDelay = pingDelay ?? PingDelay,
            KeepAlivePingTimeout = pingTimeout ?? PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan, // the server decides
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

    /// <summary>
    /// A gRPC channel to one server; it disposes the handler. Reading throws <see cref="Grpc.Core.RpcException"/> only, with the status
    /// Cancelled for a cancelled token. Calls carry no gRPC deadline, which would run on the system's clock: callers cancel by a token of
    /// their <see cref="TimeProvider"/>.
    /// </summary>
    /// <param name="address">http or https, host and port.</param>
    /// <param name="handler">From <see cref="CreateHandler"/>.</param>
    /// <param name="maxMessageSize">Octets of one message in either direction, uncompressed.</param>
    public static GrpcChannel CreateChannel(Uri address, SocketsHttpHandler handler, int maxMessageSize) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = handler,
        DisposeHttpClient = true,
        MaxReceiveMessageSize = maxMessageSize,
        MaxSendMessageSize = maxMessageSize,
        CompressionProviders = [new CappedGzip(maxMessageSize)],
    });

    /// <summary>Opens a TCP connection.</summary>
    /// <param name="connect">Connects the socket it is given.</param>
    /// <param name="descriptors">The socket takes one of them; null: it is not counted.</param>
    /// <exception cref="IOException">This node has no descriptor left for the socket.</exception>
    public static async ValueTask<Stream> ConnectAsync(Func<Socket, ValueTask> connect, DescriptorBudget? descriptors = null)
    {
        var descriptor = descriptors?.TryTakeOutgoing();
        if (descriptors is not null && descriptor is null)
        {
            throw new IOException("this node has no descriptor left for another connection");
        }

        Socket? socket = null;
        try
        {
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await connect(socket);
            return descriptor is null ? new NetworkStream(socket, ownsSocket: true) : new DescriptorStream(socket, descriptor);
        }
        catch
        {
            socket?.Dispose();
            descriptor?.Dispose();
            throw;
        }
    }
}
