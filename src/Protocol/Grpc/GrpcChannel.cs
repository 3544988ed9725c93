using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace ThrottleNet.Protocol.Grpc;

/// <summary>
/// A gRPC client for one server. The handler brings the connections (HTTP/2, by prior knowledge on http, by ALPN on https) and is
/// disposed with the channel.
/// </summary>
public sealed class GrpcChannel(Uri address, HttpMessageHandler handler, TimeProvider time, GrpcOptions? options = null) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(handler, disposeHandler: true);
    private readonly GrpcOptions _options = options ?? new GrpcOptions();

    /// <summary>Starts a call of any kind. Cancelling the token resets the call.</summary>
    /// <exception cref="FormatException">The metadata hold what no header may hold.</exception>
    public GrpcCall<TRequest, TResponse> Open<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, GrpcCallOptions? callOptions = null, CancellationToken cancel = default)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var end = new GrpcCallEnd(callOptions?.Timeout, time, cancel);
        var content = new GrpcRequestContent(end.Token);
        return new(Send(method, content, callOptions, end, cancel), content, _options, end.Token);
    }

    /// <summary>A unary call.</summary>
    /// <exception cref="GrpcException">The call ended with another status than OK.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest message, GrpcCallOptions? callOptions = null, CancellationToken cancel = default)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var frame = new ArrayBufferWriter<byte>();
        GrpcFrame.Write(frame, message, _options.Compress, _options.MaxMessageSize);
        var content = new ReadOnlyMemoryContent(frame.WrittenMemory);
        var answer = Send(method, content, callOptions, new GrpcCallEnd(callOptions?.Timeout, time, cancel), cancel);
        await using (answer.ConfigureAwait(false))
        {
            return await answer.ReadSingleAsync().ConfigureAwait(false);
        }
    }

    public void Dispose() => _http.Dispose();

    private GrpcAnswer<TResponse> Send<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, HttpContent content, GrpcCallOptions? callOptions, GrpcCallEnd end, CancellationToken cancel)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        content.Headers.ContentType = new MediaTypeHeaderValue(GrpcHeader.ContentType);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, method.Path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        Add("te", "trailers");
        Add(GrpcHeader.AcceptEncoding, GrpcHeader.Accepted);
        if (_options.Compress)
        {
            Add(GrpcHeader.Encoding, GrpcHeader.Gzip);
        }

        if (callOptions?.Timeout is { } timeout)
        {
            Add(GrpcHeader.Timeout, GrpcTimeout.Format(timeout));
        }

        foreach (var (name, value) in callOptions?.Metadata ?? [])
        {
            request.Headers.Add(name, value);
        }

        return new GrpcAnswer<TResponse>(_http.SendAsync(request, end.Token), method.ResponseParser, _options.MaxMessageSize, end, cancel);

        void Add(string name, string value) => request.Headers.TryAddWithoutValidation(name, value);
    }
}
