using Google.Protobuf;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.MxNode.Grpc;

/// <summary>Serves gRPC methods as endpoints, one call for each of the four kinds.</summary>
internal static class GrpcEndpoints
{
    public static IEndpointConventionBuilder MapGrpcUnary<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints,
        GrpcMethod<TRequest, TResponse> method,
        Func<TRequest, GrpcServerContext, Task<TResponse>> handler,
        GrpcOptions? options = null)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Map(endpoints, method, async (requests, responses, context) =>
            await responses.WriteAsync(await handler(await SingleAsync(requests), context)), options, CancellationToken.None);

    public static IEndpointConventionBuilder MapGrpcServerStream<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints,
        GrpcMethod<TRequest, TResponse> method,
        Func<TRequest, GrpcWriter<TResponse>, GrpcServerContext, Task> handler,
        GrpcOptions? options = null)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Map(endpoints, method, async (requests, responses, context) =>
            await handler(await SingleAsync(requests), responses, context), options, Stopping(endpoints));

    public static IEndpointConventionBuilder MapGrpcClientStream<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints,
        GrpcMethod<TRequest, TResponse> method,
        Func<GrpcReader<TRequest>, GrpcServerContext, Task<TResponse>> handler,
        GrpcOptions? options = null)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Map(endpoints, method, async (requests, responses, context) =>
            await responses.WriteAsync(await handler(requests, context)), options, Stopping(endpoints));

    /// <summary>Maps a method with streams in both directions.</summary>
    /// <param name="stopping">Ends calls when the node shuts down; null ends them at once, none leaves that to the handler.</param>
    public static IEndpointConventionBuilder MapGrpcDuplex<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints,
        GrpcMethod<TRequest, TResponse> method,
        Func<GrpcReader<TRequest>, GrpcWriter<TResponse>, GrpcServerContext, Task> handler,
        GrpcOptions? options = null,
        CancellationToken? stopping = null)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Map(endpoints, method, handler, options, stopping ?? Stopping(endpoints));

    /// <summary>Answers calls of methods that are not mapped with UNIMPLEMENTED; other requests with 404.</summary>
    public static IEndpointConventionBuilder MapGrpcUnimplemented(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("{service}/{method}", static http =>
        {
            if (GrpcHeader.IsGrpc(http.Request.ContentType))
            {
                GrpcResponse.Begin(http.Response);
                GrpcResponse.End(http.Response, new GrpcStatus(GrpcStatusCode.Unimplemented, $"there is no {http.Request.Path}"));
            }
            else
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
            }

            return Task.CompletedTask;
        });

    private static IEndpointConventionBuilder Map<TRequest, TResponse>(
        IEndpointRouteBuilder endpoints,
        GrpcMethod<TRequest, TResponse> method,
        Func<GrpcReader<TRequest>, GrpcWriter<TResponse>, GrpcServerContext, Task> handler,
        GrpcOptions? options,
        CancellationToken stopping)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var time = endpoints.ServiceProvider.GetRequiredService<TimeProvider>();
        var logger = endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(GrpcEndpoints));
        var service = new GrpcService<TRequest, TResponse>(method, handler, options ?? new GrpcOptions(), time, logger, stopping);
        return endpoints.MapPost(method.Path, service.ServeAsync);
    }

    private static CancellationToken Stopping(IEndpointRouteBuilder endpoints) =>
        endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    private static async Task<T> SingleAsync<T>(GrpcReader<T> requests)
        where T : class, IMessage<T>
    {
        var message = await requests.ReadAsync();
        return message is not null && await requests.ReadAsync() is null
            ? message
            : throw new GrpcException(GrpcStatusCode.Unimplemented, "the method takes exactly one message");
    }
}
