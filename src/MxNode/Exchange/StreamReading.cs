using Grpc.Core;

namespace ThrottleNet.MxNode.Exchange;

internal static class StreamReading
{
    /// <summary>The next message of a stream; null after the last.</summary>
    public static async ValueTask<T?> NextAsync<T>(this IAsyncStreamReader<T> stream, CancellationToken cancel = default)
        where T : class => await stream.MoveNext(cancel) ? stream.Current : null;
}
