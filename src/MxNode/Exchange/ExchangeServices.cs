using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Grpc;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust.Feed;
using ThrottleNet.Protocol.Exchange;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Wires the exchange into the node; a node without peers gets none of it.</summary>
internal static class ExchangeServices
{
    private const string EpochName = "exchange.epoch";
    private const string EvictionsName = "exchange.evicted";

    // Of all services between nodes: their package, as it stands in proto/.
    private const string CallPrefix = "/throttlenet.v1.";

    /// <summary>What it takes to call other nodes.</summary>
    public static IServiceCollection AddCredentials(this IServiceCollection services, ExchangeOptions options) => services
        .AddSingleton(options)
        .AddSingleton<ExchangeLog>()
        .AddSingleton<RefusalLog>()
        .AddSingleton<CredentialStore>()
        .AddSingleton<CertificateWatch>()
        .AddHostedService(provider => provider.GetRequiredService<CertificateWatch>())
        .AddSingleton<PeerAdmission>()
        .AddSingleton<ExchangeTls>();

    public static IServiceCollection AddExchange(this IServiceCollection services, ExchangeOptions options, string dataDirectory) => !options.IsOn ? services : services
        .AddCredentials(options)
        .AddSingleton<Outbox>()
        .AddSingleton<HoldGate>()
        .AddSingleton(provider => new EpochFile(Path.Combine(dataDirectory, EpochName), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new EvictionFile(Path.Combine(dataDirectory, EvictionsName), provider.GetRequiredService<ExchangeLog>()))
        .AddSingleton(provider => new FaultTolerance(provider.GetRequiredService<CredentialStore>().Initial.Self.Operator, options.Faulty))
        .AddSingleton<PeerFinder>()
        .AddTrustFeed()
        .AddSingleton<LinkDialer>()
        .AddSingleton<ExchangeLoop>()
        .AddSingleton<LinkServer>()
        .AddSingleton<ExchangeService>()
        .AddHostedService(provider => provider.GetRequiredService<ExchangeService>())
        .AddGauge("throttlenet.peers", "{peer}", "links to other nodes", provider => provider.GetRequiredService<ExchangeService>().States());

    /// <summary>The nodes that are up. Without an exchange that is this one alone, where it was told to listen for mail; a wildcard is no address.</summary>
    public static IServiceCollection AddLiveNodes(
        this IServiceCollection services, ExchangeOptions options, IEnumerable<string> zones, IEnumerable<IPEndPoint> smtp)
    {
        var nodes = new LiveNodes();
        services.AddSingleton(nodes);
        if (options.IsOn)
        {
            return services.AddSingleton(new ServedZones([.. zones])).AddHostedService<LiveNodesWatch>();
        }

        nodes.Replace([], smtp.Select(e => e.Address).Where(a => !a.Equals(IPAddress.Any) && !a.Equals(IPAddress.IPv6Any)));
        return services;
    }

    /// <summary>Listens for other nodes on <c>Exchange:Listen</c>: HTTP/2 under mutual TLS.</summary>
    public static void ListenExchange(this KestrelServerOptions kestrel, ExchangeOptions options)
    {
        GrpcTransport.Configure(kestrel.Limits.Http2); // no other endpoint speaks HTTP/2
        kestrel.Listen(Listener.Exchange, options.Listen is { } listen ? [listen] : [], UseExchange);
    }

    private static void UseExchange(ListenOptions endpoint)
    {
        endpoint.Protocols = HttpProtocols.Http2;
        endpoint.UseHttps(endpoint.ApplicationServices.GetRequiredService<ExchangeTls>().ForServer());
        endpoint.Use(next => connection =>
        {
            connection.Features.Set(ExchangeDoor.Instance);
            return next(connection);
        });
    }

    /// <summary>Serves links. By the exchange's endpoint come gRPC calls and nothing else, and they come by no other.</summary>
    public static void MapExchange(this WebApplication app, ExchangeOptions options)
    {
        if (options.Listen is null)
        {
            return;
        }

        app.Use((http, next) =>
        {
            if ((http.Features.Get<ExchangeDoor>() is not null) == IsCall(http.Request.Path))
            {
                return next(http);
            }

            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        app.MapGrpcDuplex(
            ExchangeMethods.Link,
            static (requests, responses, context) => context.Http.RequestServices.GetRequiredService<LinkServer>().ServeAsync(requests, responses, context),
            new GrpcOptions { MaxMessageSize = ExchangeLimits.FrameSize },
            stopping: CancellationToken.None);
    }

    private static bool IsCall(PathString path) => path.Value!.StartsWith(CallPrefix, StringComparison.Ordinal);

    /// <summary>Marks connections that came by the exchange's endpoint.</summary>
    private sealed class ExchangeDoor
    {
        public static readonly ExchangeDoor Instance = new();
    }
}
