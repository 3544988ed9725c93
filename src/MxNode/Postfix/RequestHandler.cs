using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace ThrottleNet.MxNode.Postfix;

/// <summary>
/// Serves the look-ups of a mail server: connections that stay open, with one request after the other on each. Connections are bounded
/// in number, requests in size and time. A client may end its side after its last request (Exim's readsocket does): it is answered first.
/// </summary>
/// <typeparam name="T">A request as it was read.</typeparam>
internal abstract class RequestHandler<T>(TimeProvider time) : ConnectionHandler
{
    /// <summary>Connections at a time: each process of a mail server keeps one, and Postfix runs 100 of a kind.</summary>
    public const int MaxConnections = 1000;

    /// <summary>The longest silence between requests. Postfix closes its idle connections itself, policy connections after 300 s. So this limit ends dead connections, and clients that read no answer.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(10);

    /// <summary>The longest time from a request's first octet to its last: a mail server writes it at once.</summary>
    public static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(30);

    /// <summary>The longest time for an answer: Postfix waits 100 s.</summary>
    public static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(100);

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
            // The mail server closed the connection or was too slow, or the node stops.
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    /// <summary>Reads one request, and consumes its octets.</summary>
    protected abstract RequestStatus TryRead(ref ReadOnlySequence<byte> buffer, out T request);

    /// <summary>Writes the answer. Called for one request of a connection at a time.</summary>
    /// <param name="request">The request as it was read.</param>
    /// <param name="output">Takes the answer; the caller flushes it.</param>
    /// <param name="cancel">The time for the answer is over, or the node stops.</param>
    protected abstract ValueTask AnswerAsync(T request, IBufferWriter<byte> output, CancellationToken cancel);

    /// <summary>Called when a connection was closed because too many are open.</summary>
    protected abstract void Refused(int most);

    private async Task ServeAsync(ConnectionContext connection)
    {
        var draining = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var late = new CancellationTokenSource(IdleTime, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, draining);
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        var begun = false;
        while (true)
        {
            var read = await input.ReadAsync(end.Token);
            var buffer = read.Buffer;
            var status = RequestStatus.NeedMore;
            while (!buffer.IsEmpty && (status = TryRead(ref buffer, out var request)) is RequestStatus.Read or RequestStatus.ReadLast)
            {
                // Kestrel's ConnectionClosed is no reason to stop: it also fires when the client ends its side only.
                late.CancelAfter(AnswerTime);
                await AnswerAsync(request, output, late.Token);
                begun = !buffer.IsEmpty;
                late.CancelAfter(begun ? RequestTime : IdleTime);
                await output.FlushAsync(late.Token);
                if (status == RequestStatus.ReadLast)
                {
                    return;
                }
            }

            if (status == RequestStatus.Malformed || read.IsCompleted)
            {
                return;
            }

            // A request's time runs from its first octet.
            if (!buffer.IsEmpty && !begun)
            {
                begun = true;
                late.CancelAfter(RequestTime);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }
}
