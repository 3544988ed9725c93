using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace ThrottleNet.MxNode.Postfix;

/// <summary>What became of an attempt to read a request.</summary>
internal enum RequestStatus
{
    NeedMore,
    Read,

    /// <summary>Where the next request would begin nobody can tell: it is answered, and the connection ends.</summary>
    ReadLast,

    /// <summary>The connection ends without an answer.</summary>
    Hopeless,
}

/// <summary>Serves a mail server's look-ups: connections that stay, one request after the other on each, bounded in number, size and time.</summary>
/// <typeparam name="T">A request as it was read.</typeparam>
internal abstract class RequestHandler<T>(TimeProvider time) : ConnectionHandler
{
    /// <summary>Connections at a time: each process of a mail server keeps one, and Postfix runs 100 of a kind.</summary>
    public const int MaxConnections = 1000;

    /// <summary>Silence between requests. Postfix ends its idle connections itself, the policy ones after 300 s; so this finds the dead, and those that take no answer.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(10);

    /// <summary>From a request's first octet to its last: a mail server writes it at once.</summary>
    public static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(30);

    private int _connections;

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        try
        {
            if (Interlocked.Increment(ref _connections) > MaxConnections)
            {
                Refused(MaxConnections);
                return;
            }

            await ServeAsync(connection);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            // The mail server hung up or was too slow, or this is the end: there is nobody to tell.
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    /// <summary>Reads one request, and consumes it.</summary>
    protected abstract RequestStatus TryRead(ref ReadOnlySequence<byte> buffer, out T request);

    /// <summary>Writes the answer. Called for one request of a connection at a time.</summary>
    /// <param name="request">As it was read.</param>
    /// <param name="output">Where to; it is flushed afterwards.</param>
    /// <param name="cancel">The mail server has hung up.</param>
    protected abstract ValueTask AnswerAsync(T request, IBufferWriter<byte> output, CancellationToken cancel);

    /// <summary>A connection was closed because there are too many.</summary>
    protected abstract void Refused(int most);

    private async Task ServeAsync(ConnectionContext connection)
    {
        var draining = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var late = new CancellationTokenSource(IdleTime, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, draining, connection.ConnectionClosed);
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        var begun = false;
        while (true)
        {
            var read = await input.ReadAsync(end.Token);
            var buffer = read.Buffer;
            var status = RequestStatus.NeedMore;
            while (!buffer.IsEmpty && (status = TryRead(ref buffer, out var request)) is RequestStatus.Read or RequestStatus.ReadLast)
            {
                late.CancelAfter(Timeout.InfiniteTimeSpan); // the answer has deadlines of its own
                await AnswerAsync(request, output, connection.ConnectionClosed);
                begun = !buffer.IsEmpty;
                late.CancelAfter(begun ? RequestTime : IdleTime);
                await output.FlushAsync(end.Token);
                if (status == RequestStatus.ReadLast)
                {
                    return;
                }
            }

            if (status == RequestStatus.Hopeless || read.IsCompleted)
            {
                return;
            }

            // The clock of a request runs from its first octet on, however they trickle.
            if (!buffer.IsEmpty && !begun)
            {
                begun = true;
                late.CancelAfter(RequestTime);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }
}
