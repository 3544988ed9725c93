using System.IO.Pipelines;
using Google.Protobuf;

namespace ThrottleNet.Protocol.Grpc;

/// <summary>The messages that go out over one call. One write at a time; cancelling is the whole call's, never a single write's.</summary>
public sealed class GrpcWriter<T>(PipeWriter output, bool gzip, int maxSize, CancellationToken cancel)
    where T : class, IMessage<T>
{
    /// <summary>A write was begun that the peer has not made room for: nothing can follow it, so the call can only be reset.</summary>
    public bool IsStuck { get; private set; }

    /// <summary>Sends a message; waits while the peer's flow control has no room.</summary>
    /// <exception cref="GrpcException">ResourceExhausted: over the cap. Cancelled: the peer takes no more.</exception>
    public async ValueTask WriteAsync(T message)
    {
        cancel.ThrowIfCancellationRequested();
        GrpcFrame.Write(output, message, gzip, maxSize);
        IsStuck = true;
        var result = await output.FlushAsync(cancel).ConfigureAwait(false);
        if (result.IsCompleted)
        {
            throw new GrpcException(GrpcStatusCode.Cancelled, "the peer takes no more messages");
        }

        IsStuck = false;
    }
}
