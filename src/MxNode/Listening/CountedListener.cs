using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ThrottleNet.MxNode.Listening;

/// <summary>
/// Accepts the connections of one endpoint as far as the <see cref="DescriptorBudget"/> reaches, and closes others at once. Kestrel's own
/// listener tries again without a pause when accept(2) fails for lack of descriptors; this one pauses, says so, and goes on by itself. An error that the
/// framework has no name for (ENOMEM is one) counts as such a lack.
/// </summary>
internal sealed class CountedListener(
    Socket socket, Listener listener, SocketConnectionContextFactory connections, CountedListenerServices services) : IConnectionListener
{
    /// <summary>How long accepting pauses when it fails for lack of descriptors or memory.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LogEvery = TimeSpan.FromMinutes(1);

    private readonly LogLimiter<ListeningEvent> _limiter = new(LogEvery, services.Time);
    private bool _paused;

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <summary>Waits for a connection; null when the listener is closed.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var accepted = await socket.AcceptAsync(cancellationToken);
                Resumed();
                if (Admit(accepted) is { } connection)
                {
                    return connection;
                }
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.OperationAborted or SocketError.NotSocket)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.SocketError)
            {
                _paused = true;
                if (_limiter.Count(ListeningEvent.Paused) is not null)
                {
                    services.Log.AcceptPaused(listener, e.Message, Pause);
                }

                await Task.Delay(Pause, services.Time, cancellationToken);
            }
            catch (SocketException)
            {
                // The client has reset the connection while it waited to be accepted.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        connections.Dispose();
        return ValueTask.CompletedTask;
    }

    private CountedConnection? Admit(Socket accepted)
    {
        if (!services.Budget.TryTake(listener, services.Trusted.Contains(accepted.RemoteEndPoint)))
        {
            accepted.Dispose();
            if (_limiter.Count(ListeningEvent.Closed) is { } closed)
            {
                services.Log.Closed(listener, closed, services.Budget.Most(listener), services.Budget.Limit);
            }

            return null;
        }

        try
        {
            accepted.NoDelay = true;
            return new CountedConnection(connections.Create(accepted), services.Budget, listener);
        }
        catch
        {
            services.Budget.Release(listener);
            accepted.Dispose();
            throw;
        }
    }

    private void Resumed()
    {
        if (_paused)
        {
            _paused = false;
            services.Log.AcceptResumed(listener);
        }
    }

    private enum ListeningEvent
    {
        Paused,
        Closed,
    }
}
