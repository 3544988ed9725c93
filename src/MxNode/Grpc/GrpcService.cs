using Google.Protobuf;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.MxNode.Grpc;

/// <summary>Serves the calls of one method: checks the request, runs the handler under the deadline, ends with a status.</summary>
internal sealed class GrpcService<TRequest, TResponse>(
    GrpcMethod<TRequest, TResponse> method,
    Func<GrpcReader<TRequest>, GrpcWriter<TResponse>, GrpcServerContext, Task> handler,
    GrpcOptions options,
    TimeProvider time,
    ILogger logger,
    CancellationToken stopping)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    private const int Http2Cancel = 0x8;

    public async Task ServeAsync(HttpContext http)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        if (!GrpcHeader.IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        GrpcResponse.Begin(http.Response);
        var encoding = http.Request.Headers[GrpcHeader.Encoding].ToString();
        var timeout = http.Request.Headers[GrpcHeader.Timeout].ToString();
        var deadline = default(TimeSpan?);
        if (GrpcTimeout.TryParse(timeout, out var parsed))
        {
            deadline = parsed;
        }
        else if (timeout.Length > 0)
        {
            GrpcResponse.End(http.Response, new GrpcStatus(GrpcStatusCode.Internal, $"the grpc-timeout {timeout} is malformed"));
            return;
        }

        if (GrpcHeader.IsGzip(encoding) is not { } gzip)
        {
            GrpcResponse.End(http.Response, new GrpcStatus(GrpcStatusCode.Unimplemented, $"the encoding {encoding} is not known"));
            return;
        }

        LiftHttpLimits(http);
        await RunAsync(http, gzip, deadline);
    }

    // A stream may be long and silent: its messages are capped one by one, and pings find out a dead client.
    private static void LiftHttpLimits(HttpContext http)
    {
        http.Features.GetRequiredFeature<IHttpMinRequestBodyDataRateFeature>().MinDataRate = null;
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
    }

    private async Task RunAsync(HttpContext http, bool gzip, TimeSpan? deadline)
    {
        using var end = new GrpcCallEnd(deadline, time, http.RequestAborted, stopping);
        var compress = options.Compress
            && http.Request.Headers[GrpcHeader.AcceptEncoding].ToString().Split(',', StringSplitOptions.TrimEntries).Contains(GrpcHeader.Gzip);
        if (compress)
        {
            http.Response.Headers[GrpcHeader.Encoding] = GrpcHeader.Gzip;
        }

        var requests = new GrpcReader<TRequest>(http.Request.BodyReader, method.RequestParser, gzip, options.MaxMessageSize, end.Token);
        var responses = new GrpcWriter<TResponse>(http.Response.BodyWriter, compress, options.MaxMessageSize, end.Token);
        var status = GrpcStatus.Ok;
        try
        {
            await handler(requests, responses, new GrpcServerContext(http, end.Token));
        }
        catch (Exception failure)
        {
            status = Explain(failure, http, end);
        }

        if (responses.IsStuck)
        {
            http.Features.GetRequiredFeature<IHttpResetFeature>().Reset(Http2Cancel);
        }
        else
        {
            GrpcResponse.End(http.Response, status);
        }
    }

    private GrpcStatus Explain(Exception failure, HttpContext http, GrpcCallEnd end)
    {
        switch (failure)
        {
            case var _ when http.RequestAborted.IsCancellationRequested:
                GrpcLog.CallBroken(logger, LogLevel.Debug, method.Path, failure);
                return new GrpcStatus(GrpcStatusCode.Cancelled, "the client has gone");
            case var _ when end.DeadlinePassed:
                return new GrpcStatus(GrpcStatusCode.DeadlineExceeded, "the deadline has passed");
            case GrpcException ended:
                return ended.Status;
            case OperationCanceledException when stopping.IsCancellationRequested:
                return new GrpcStatus(GrpcStatusCode.Unavailable, "the server is shutting down");
            case OperationCanceledException or IOException: // most likely the request's body, which hears of a reset before the token
                GrpcLog.CallBroken(logger, LogLevel.Information, method.Path, failure);
                return new GrpcStatus(GrpcStatusCode.Cancelled, "the call broke off");
            default:
                GrpcLog.HandlerFailed(logger, method.Path, failure);
                return new GrpcStatus(GrpcStatusCode.Unknown, "the handler failed");
        }
    }
}
