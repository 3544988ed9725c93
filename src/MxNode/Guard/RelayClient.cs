using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Grpc;
using ThrottleNet.Protocol.Grpc;
using ThrottleNet.Protocol.Guard;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Asks one relay, over a connection that is kept while it works and while the certificates are those it was made with. Thread-safe.</summary>
internal sealed class RelayClient(PeerAddress relay, TimeSpan timeout, ExchangeTls tls, CredentialStore credentials, GuardLog log, TimeProvider time) : IDisposable
{
    /// <summary>Who failed is asked again after that, where others can be asked meanwhile.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private (GrpcChannel Channel, NodeCredentials MadeWith)? _open;
    private bool _failing;
    private long _failed;

    /// <summary>It failed a moment ago, and has not answered since.</summary>
    public bool IsResting => Volatile.Read(ref _failing) && time.GetElapsedTime(Volatile.Read(ref _failed)) < Rest;

    /// <summary>Its answer, or null when there is none in time.</summary>
    public async ValueTask<Sighting?> AskAsync(SightingRequest request, CancellationToken cancel)
    {
        var channel = Open();
        try
        {
            var sighting = await channel.CallAsync(SightingsMethods.Ask, request, new GrpcCallOptions { Timeout = timeout }, cancel);
            NoteSuccess();
            return sighting;
        }
        catch (GrpcException e)
        {
            NoteFailure(channel, e.Message);
            return null;
        }
        catch (ObjectDisposedException)
        {
            return null; // another call has found out that the connection is dead
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _open?.Channel.Dispose();
            _open = null;
        }
    }

    private GrpcChannel Open()
    {
        lock (_lock)
        {
            var current = credentials.Current();
            if (_open is { } open && ReferenceEquals(open.MadeWith, current))
            {
                return open.Channel;
            }

            _open?.Channel.Dispose();
            var handler = GrpcTransport.CreateHandler(tls.ForClient([relay.Host], static _ => { }));
            handler.ConnectTimeout = timeout;
            _open = (new GrpcChannel(new Uri($"https://{relay}"), handler, time, SightingsMethods.Options), current);
            return _open.Value.Channel;
        }
    }

    private void NoteSuccess()
    {
        if (Volatile.Read(ref _failing) && Interlocked.Exchange(ref _failing, false))
        {
            log.RelayBack(relay.ToString());
        }
    }

    // A connection that died without a word would be found out too late: the next call makes a new one.
    private void NoteFailure(GrpcChannel channel, string reason)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_open?.Channel, channel))
            {
                channel.Dispose();
                _open = null;
            }
        }

        Volatile.Write(ref _failed, time.GetTimestamp());
        if (!Interlocked.Exchange(ref _failing, true))
        {
            log.RelayFailed(relay.ToString(), reason);
        }
    }
}
