using System.IO.Pipelines;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace ThrottleNet.Protocol.Grpc;

/// <summary>A request sent and its answer: the messages, then the status. Disposed before its end, it resets the call.</summary>
internal sealed class GrpcAnswer<T> : IAsyncDisposable
    where T : class, IMessage<T>
{
    private readonly Task<HttpResponseMessage> _response;
    private readonly MessageParser<T> _parser;
    private readonly int _maxSize;
    private readonly GrpcCallEnd _end;
    private readonly CancellationToken _callerCancel;
    private GrpcReader<T>? _reader;

    public GrpcAnswer(
        Task<HttpResponseMessage> response, MessageParser<T> parser, int maxSize, GrpcCallEnd end, CancellationToken callerCancel)
    {
        _response = response;
        _parser = parser;
        _maxSize = maxSize;
        _end = end;
        _callerCancel = callerCancel;
        end.Token.UnsafeRegister(static answer => ((GrpcAnswer<T>)answer!).Reset(), this);
    }

    /// <summary>Ends when the call could be made, or could not.</summary>
    public Task Begun => _response;

    public async Task<HttpResponseHeaders> ReadHeadersAsync()
    {
        try
        {
            return (await _response.ConfigureAwait(false)).Headers;
        }
        catch (Exception e)
        {
            throw Translate(e);
        }
    }

    public async ValueTask<T?> ReadAsync()
    {
        try
        {
            var http = await _response.ConfigureAwait(false);
            _reader ??= await OpenAsync(http).ConfigureAwait(false);
            return await _reader.ReadAsync().ConfigureAwait(false) ?? Finish(http);
        }
        catch (Exception e)
        {
            throw Translate(e);
        }
    }

    /// <summary>The one message of an answer that has exactly one.</summary>
    public async Task<T> ReadSingleAsync()
    {
        var message = await ReadAsync().ConfigureAwait(false);
        return message is not null && await ReadAsync().ConfigureAwait(false) is null
            ? message
            : throw new GrpcException(GrpcStatusCode.Unimplemented, "the server's answer has not exactly one message");
    }

    /// <summary>What a failure means to the caller.</summary>
    public Exception Translate(Exception failure) => failure switch
    {
        GrpcException => failure,
        _ when _callerCancel.IsCancellationRequested => new OperationCanceledException(failure.Message, failure, _callerCancel),
        _ when _end.DeadlinePassed => new GrpcException(GrpcStatusCode.DeadlineExceeded, "the deadline has passed", failure),
        { InnerException: HttpProtocolException reset } => new GrpcException(GrpcStatus.FromHttp2Error(reset.ErrorCode), failure),
        HttpProtocolException reset => new GrpcException(GrpcStatus.FromHttp2Error(reset.ErrorCode), failure),
        HttpRequestException or IOException => new GrpcException(GrpcStatusCode.Unavailable, failure.Message, failure),
        OperationCanceledException or ObjectDisposedException => new GrpcException(GrpcStatusCode.Cancelled, "the call is over", failure),
        _ => failure,
    };

    public async ValueTask DisposeAsync()
    {
        _end.Cancel();
        await ((Task)_response).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Reset();
        _end.Dispose();
    }

    // RST_STREAM, unless the answer has been read to its end. Before the headers are there, the token does it.
    private void Reset()
    {
        if (_response.IsCompletedSuccessfully)
        {
            _response.Result.Dispose();
        }
    }

    private static string? Value(HttpHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    private static GrpcStatus? StatusIn(HttpResponseHeaders headers) =>
        Value(headers, GrpcHeader.Status) is { } code ? GrpcStatus.Parse(code, Value(headers, GrpcHeader.Message)) : null;

    private async ValueTask<GrpcReader<T>> OpenAsync(HttpResponseMessage http)
    {
        if (StatusIn(http.Headers) is null)
        {
            if (http.StatusCode != System.Net.HttpStatusCode.OK)
            {
                throw new GrpcException(GrpcStatus.FromHttp((int)http.StatusCode));
            }

            if (!GrpcHeader.IsGrpc(Value(http.Content.Headers, "content-type")))
            {
                throw new GrpcException(GrpcStatusCode.Unknown, "an answer that is not gRPC");
            }
        }

        var encoding = Value(http.Headers, GrpcHeader.Encoding);
        var gzip = GrpcHeader.IsGzip(encoding)
            ?? throw new GrpcException(GrpcStatusCode.Internal, $"an answer in the unknown encoding {encoding}");
        var stream = await http.Content.ReadAsStreamAsync(_end.Token).ConfigureAwait(false);
        return new GrpcReader<T>(PipeReader.Create(stream), _parser, gzip, _maxSize, _end.Token);
    }

    // After the last message: the status stands in the trailers, or in the headers of an answer that has nothing else.
    private static T? Finish(HttpResponseMessage http)
    {
        var status = StatusIn(http.TrailingHeaders) ?? StatusIn(http.Headers)
            ?? new GrpcStatus(GrpcStatusCode.Unknown, "an answer that ended without a status");
        return status.Code == GrpcStatusCode.Ok ? default : throw new GrpcException(status);
    }
}
