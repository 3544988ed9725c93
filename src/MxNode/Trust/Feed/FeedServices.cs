using Microsoft.Extensions.DependencyInjection.Extensions;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>Wires the spreading of the trusted list into a node that takes part in the exchange.</summary>
internal static class FeedServices
{
    public static IServiceCollection AddTrustFeed(this IServiceCollection services, ExchangeOptions options)
    {
        if (!options.IsOn)
        {
            return services;
        }

        // A cluster may have added them.
        services.TryAddSingleton<FeedLog>();
        services.TryAddSingleton<FeedHub>();
        return services
            .AddSingleton<FeedServer>()
            .LimitMessages<FeedServer>(FeedServer.MaxFrame)
            .AddSingleton<FeedDialer>()
            .AddSingleton<LinkCompanion>(provider => provider.GetRequiredService<FeedDialer>().RunAsync);
    }

    /// <summary>Serves the feed at the exchange's endpoint.</summary>
    public static void MapTrustFeed(this WebApplication app, ExchangeOptions options)
    {
        if (options.Listen is not null)
        {
            app.MapGrpcService<FeedServer>();
        }
    }
}
