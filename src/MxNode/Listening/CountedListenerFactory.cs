using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Listening;

/// <summary>Kestrel's transport: each endpoint's connections are counted for the feature that listens there.</summary>
internal sealed class CountedListenerFactory(CountedListenerServices services, ILoggerFactory loggers) : IConnectionListenerFactory
{
    // Connections that may wait to be accepted: a spray arrives within milliseconds.
    private const int Backlog = 4096;

    // Octets of a client's input that are read ahead of the session, and of replies that wait for a client that reads slowly. Beyond them TCP makes the
    // other side wait. A session that keeps up does not come near either, so a small amount costs no speed and bounds what connections hold together.
    private const int ReadAhead = 8 * 1024;
    private const int WriteAhead = 32 * 1024;

    // Frames between nodes are up to a megabyte, and peers are few.
    private const int PeerReadAhead = 256 * 1024;

    /// <exception cref="StartException">It cannot be listened on; the message names the setting.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = ((ListenerEndPoint)endpoint).Listener;
        Socket socket;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            throw ListenFault.Of(listener, endpoint, e);
        }

        var options = new SocketConnectionFactoryOptions
        {
            // A session answers and waits again; it never computes for long. Handing each packet to another thread costs more than the work.
            UnsafePreferInlineScheduling = true,
            MaxReadBufferSize = listener == Listener.Exchange ? PeerReadAhead : ReadAhead,
            MaxWriteBufferSize = listener == Listener.Exchange ? PeerReadAhead : WriteAhead,
        };
        var connections = new SocketConnectionContextFactory(options, loggers.CreateLogger<SocketConnectionContextFactory>());
        return ValueTask.FromResult<IConnectionListener>(new CountedListener(socket, listener, connections, services));
    }
}
