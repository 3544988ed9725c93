using System.IO.Pipelines;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace ThrottleNet.Protocol.Grpc;

/// <summary>
/// A call under way, of any kind. One writer and one reader may use it at the same time. Disposing it before its end cancels it.
/// What goes wrong is a <see cref="GrpcException"/>; a cancelled token is an <see cref="OperationCanceledException"/>.
/// </summary>
public sealed class GrpcCall<TRequest, TResponse> : IAsyncDisposable
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly GrpcAnswer<TResponse> _answer;
    private readonly GrpcRequestContent _content;
    private readonly GrpcOptions _options;
    private readonly CancellationToken _cancel;
    private GrpcWriter<TRequest>? _writer;

    internal GrpcCall(GrpcAnswer<TResponse> answer, GrpcRequestContent content, GrpcOptions options, CancellationToken cancel)
    {
        _answer = answer;
        _content = content;
        _options = options;
        _cancel = cancel;
    }

    /// <summary>Sends a message; waits for the connection, and while the server's flow control has no room.</summary>
    /// <exception cref="GrpcException">The call is over. The status the server gave it, if it did, is what reading throws.</exception>
    public async ValueTask WriteAsync(TRequest message)
    {
        try
        {
            _writer ??= await OpenAsync().ConfigureAwait(false);
            await _writer.WriteAsync(message).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw _answer.Translate(e);
        }
    }

    /// <summary>Says that no more messages follow (half-close). Safe to repeat; not while a write is under way.</summary>
    public void Complete() => _content.Complete();

    /// <summary>The server's headers, once they are there.</summary>
    public Task<HttpResponseHeaders> ReadHeadersAsync() => _answer.ReadHeadersAsync();

    /// <summary>The next message, or null when the call has ended with status OK.</summary>
    /// <exception cref="GrpcException">The call has ended with another status.</exception>
    public ValueTask<TResponse?> ReadAsync() => _answer.ReadAsync();

    /// <summary>Every message until the call has ended with status OK.</summary>
    public async IAsyncEnumerable<TResponse> ReadAllAsync()
    {
        while (await ReadAsync().ConfigureAwait(false) is { } message)
        {
            yield return message;
        }
    }

    /// <summary>The answer of a method that has exactly one; waits for the call's end.</summary>
    public Task<TResponse> ReadSingleAsync() => _answer.ReadSingleAsync();

    public ValueTask DisposeAsync() => _answer.DisposeAsync();

    private async Task<GrpcWriter<TRequest>> OpenAsync()
    {
        await await Task.WhenAny(_content.Opened, _answer.Begun).ConfigureAwait(false);
        var stream = _content.Opened.IsCompletedSuccessfully
            ? await _content.Opened.ConfigureAwait(false)
            : throw new IOException("The server has ended the call.");
        return new GrpcWriter<TRequest>(PipeWriter.Create(stream), _options.Compress, _options.MaxMessageSize, _cancel);
    }
}
