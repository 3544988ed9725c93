using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Serves gRPC calls of other nodes: only at the exchange's endpoint, over HTTP/2 with mutual TLS.</summary>
internal static class PeerCalls
{
    // Requests of the health and reflection services are a few octets long.
    private const int MaxRequest = 64 * 1024;

    // The longest time until a watcher of the health service sees a change.
    private static readonly TimeSpan HealthInterval = TimeSpan.FromSeconds(5);

    // The services between nodes, by their package in proto/, and health and reflection.
    private static readonly string[] Served = ["/throttlenet.v1.", "/grpc.health.v1.", "/grpc.reflection."];

    // The one service of that package that is for the node's own operator, at another endpoint.
    private const string OfOperators = "/throttlenet.v1.Admin/";

    /// <summary>Sets the limits of all calls; services set their own by <see cref="LimitMessages{T}"/>.</summary>
    public static IServiceCollection AddPeerCalls(this IServiceCollection services)
    {
        services.AddSingleton<CallFaults>().AddGrpc(options =>
        {
            options.Interceptors.Add<CallFaults>();
            Limit(options, MaxRequest);
        });
        return services.AddLogging(logging => logging.AddFilter("Grpc", LogLevel.None));
    }

    /// <summary>Limits the messages of one service.</summary>
    /// <param name="services">Receives the setting.</param>
    /// <param name="maxMessageSize">Octets of one message in either direction, uncompressed.</param>
    public static IServiceCollection LimitMessages<T>(this IServiceCollection services, int maxMessageSize)
        where T : class => services.Configure<GrpcServiceOptions<T>>(options => Limit(options, maxMessageSize));

    /// <summary>The standard health service (grpc.health.v1): serving while this node is ready, as /readyz says.</summary>
    public static IServiceCollection AddPeerHealth(this IServiceCollection services)
    {
        services.AddGrpcHealthChecks(options => options.Services.Map("throttlenet.v1.Exchange", static _ => true)).AddCheck<ExchangeHealth>("exchange");
        return services
            .Configure<HealthCheckPublisherOptions>(options => (options.Delay, options.Period) = (TimeSpan.Zero, HealthInterval))
            .AddLogging(logging => logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)); // a node that still looks for peers is no error
    }

    /// <summary>Makes an endpoint one for other nodes: HTTP/2 under mutual TLS.</summary>
    public static void UsePeerCalls(this ListenOptions endpoint)
    {
        endpoint.Protocols = HttpProtocols.Http2;
        endpoint.UseHttps(endpoint.ApplicationServices.GetRequiredService<ExchangeTls>().ForServer());
    }

    /// <summary>
    /// Answers 404 to a gRPC call that came by another endpoint, and to anything else that came by the exchange's. Paths are compared
    /// without case, as the routing does.
    /// </summary>
    public static void SeparatePeerCalls(this WebApplication app) => app.Use((http, next) =>
    {
        if (ListenerFeature.CameBy(http, Listener.Exchange) == IsPeerCall(http.Request.Path.Value!))
        {
            return next(http);
        }

        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    private static bool IsPeerCall(string path) =>
        Served.Any(prefix => path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) && !path.StartsWith(OfOperators, StringComparison.OrdinalIgnoreCase);

    private static void Limit(GrpcServiceOptions options, int maxMessageSize)
    {
        options.MaxReceiveMessageSize = maxMessageSize;
        options.MaxSendMessageSize = maxMessageSize;
        options.CompressionProviders = [new CappedGzip(maxMessageSize)];
    }
}
