using System.Net;

namespace ThrottleNet.Protocol.Grpc;

/// <summary>
/// A request's body that stays open while the call writes into it. The call's token is its own: HttpClient does not cancel a
/// body that goes on after the answer has begun.
/// </summary>
internal sealed class GrpcRequestContent(CancellationToken cancel) : HttpContent
{
    private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The body, once there is a connection to write it to; never completes when there is none to be had.</summary>
    public Task<Stream> Opened => _opened.Task;

    public void Complete() => _completed.TrySetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // First of all, and so before any answer can be there: a call that is answered and has no body was ended by the server.
        if (!_opened.TrySetResult(stream))
        {
            throw new IOException("What was written to a lost connection is not kept to be sent again.");
        }

        await stream.FlushAsync(cancellationToken).ConfigureAwait(false); // the headers leave now, not with the first message
        using var registration = cancel.UnsafeRegister(_ => _completed.TrySetCanceled(cancel), null);
        await _completed.Task.WaitAsync(cancellationToken).ConfigureAwait(false); // cancelled when the server wants no more of it
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
