using Grpc.Core;
using Grpc.Net.Client;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Guard;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Asks one relay. The connection is kept until it fails or this node's certificates change. Thread-safe.</summary>
internal sealed class RelayClient(PeerAddress relay, TimeSpan timeout, RelayChannels channels, GuardLog log, TimeProvider time) : IDisposable
{
    /// <summary>How long a relay that failed is left out where other relays can be asked.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private (GrpcChannel Channel, NodeCredentials MadeWith)? _open;
    private bool _failing;
    private long _failed;

    /// <summary>The relay that it asks.</summary>
    public PeerAddress Address => relay;

    /// <summary>Whether it failed within <see cref="Rest"/> and has not answered since.</summary>
    public bool IsResting => Volatile.Read(ref _failing) && time.GetElapsedTime(Volatile.Read(ref _failed)) < Rest;

    /// <summary>The relay's answer; null when there is none in time.</summary>
    public ValueTask<Sighting?> AskAsync(SightingRequest request, CancellationToken cancel) =>
        CallAsync((client, end) => client.AskAsync(request, cancellationToken: end), cancel);

    /// <summary>Reports unknown hosts. A relay of an older version does not know the call, which is no failure.</summary>
    public async ValueTask ReportAsync(StrangerReport report, CancellationToken cancel) =>
        await CallAsync((client, end) => client.ReportAsync(report, cancellationToken: end), cancel);

    public void Dispose()
    {
        lock (_lock)
        {
            _open?.Channel.Dispose();
            _open = null;
        }
    }

    private async ValueTask<T?> CallAsync<T>(Func<Sightings.SightingsClient, CancellationToken, AsyncUnaryCall<T>> call, CancellationToken cancel)
        where T : class
    {
        var channel = Open();
        using var late = new CancellationTokenSource(timeout, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            var answer = await call(new Sightings.SightingsClient(channel), end.Token);
            NoteSuccess();
            return answer;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            NoteSuccess();
            return null;
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            NoteFailure(channel, late.IsCancellationRequested ? $"no answer within {timeout}" : $"{e.StatusCode}: {e.Status.Detail}");
            return null;
        }
        catch (ObjectDisposedException)
        {
            return null; // another call has found that the connection is dead, and closed it
        }
    }

    private GrpcChannel Open()
    {
        lock (_lock)
        {
            var current = channels.Credentials;
            if (_open is { } open && ReferenceEquals(open.MadeWith, current))
            {
                return open.Channel;
            }

            _open?.Channel.Dispose();
            _open = (channels.Create(relay, timeout), current);
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

    // A connection that died silently would be noticed too late, so the next call makes a new one.
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
