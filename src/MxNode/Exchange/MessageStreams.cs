using Grpc.Core;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The streams of messages of a call.</summary>
internal static class MessageStreams
{
    private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);

    /// <summary>The next message of a stream; null after the last.</summary>
    public static async ValueTask<T?> NextAsync<T>(this IAsyncStreamReader<T> stream, CancellationToken cancel = default)
        where T : class => await stream.MoveNext(cancel) ? stream.Current : null;

    /// <summary>Writes a message to a stream.</summary>
    /// <param name="follows">Another message follows at once, so this one may wait for it and leave in the same packet.</param>
    public static Task SendAsync<T>(this IAsyncStreamWriter<T> stream, T message, bool follows)
    {
        stream.WriteOptions = follows ? Buffered : null;
        return stream.WriteAsync(message);
    }
}
