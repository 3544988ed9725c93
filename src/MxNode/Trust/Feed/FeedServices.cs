using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Grpc;

namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>Wires the spreading of the trusted list into a node that has peers.</summary>
internal static class FeedServices
{
    public static IServiceCollection AddTrustFeed(this IServiceCollection services) => services
        .AddSingleton<FeedLog>()
        .AddSingleton<FeedHub>()
        .AddSingleton<FeedServer>()
        .AddSingleton<FeedDialer>();

    /// <summary>Serves the feed; to be mapped after the exchange, whose endpoint it comes by.</summary>
    public static void MapTrustFeed(this WebApplication app, ExchangeOptions options)
    {
        if (options.Listen is not null)
        {
            app.MapGrpcDuplex(
                FeedMethods.Sync,
                static (requests, responses, context) => context.Http.RequestServices.GetRequiredService<FeedServer>().ServeAsync(requests, responses, context),
                FeedMethods.Options);
        }
    }
}
