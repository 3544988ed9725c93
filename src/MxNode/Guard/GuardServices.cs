using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Wires the guard into the node, and what a relay answers to others' guards.</summary>
internal static class GuardServices
{
    public static IServiceCollection AddGuard(this IServiceCollection services, GuardOptions options, ExchangeOptions exchange, string dataDirectory)
    {
        services.AddSingleton(options).AddSingleton<TrustedBlocks>().AddSingleton<OwnSightings>().AddSingleton<SightingsServer>().LimitMessages<SightingsServer>(SightingsServer.MaxMessage);
        if (!options.IsOn)
        {
            return services;
        }

        if (options.AsksRelays && !exchange.IsOn)
        {
            services.AddCredentials(exchange);
        }

        services
            .AddSingleton<GuardLog>()
            .AddSingleton(provider => new CourtesyBook(options.Courtesy, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => CreateOwnAddresses(provider))
            .AddSingleton<GuardJudge>()
            .AddSingleton<GuardReplies>()
            .AddSingleton<GuardTally>()
            .AddSingleton<GuardConnectionHandler>();
        if (options.AsksRelays)
        {
            services.AddSingleton<ISightings, RelaySightings>();
        }
        else
        {
            services.AddSingleton<ISightings>(provider => provider.GetRequiredService<OwnSightings>());
        }

        return options.DropSet is null ? services : services
            .AddSingleton(provider => new DropTable(options, provider.GetRequiredService<TrustedBlocks>(), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(new DropFile(dataDirectory))
            .AddHostedService<DropSetKeeper>()
            .AddHostedService<DropRelease>();
    }

    /// <summary>Answers Postfix on the endpoints of <c>Guard:Listen</c>.</summary>
    public static void ListenGuard(this KestrelServerOptions kestrel, GuardOptions options) =>
        kestrel.Listen(Listener.Guard, options.EndPoints, endPoint => endPoint.UseConnectionHandler<GuardConnectionHandler>());

    /// <summary>Answers guards at the exchange's endpoint.</summary>
    public static void MapSightings(this WebApplication app, ExchangeOptions options)
    {
        if (options.Listen is not null)
        {
            app.MapGrpcService<SightingsServer>();
        }
    }

    private static OwnAddresses CreateOwnAddresses(IServiceProvider provider)
    {
        // None on a node that talks to no others.
        var credentials = provider.GetService<CredentialStore>();
        return new OwnAddresses(
            () => OwnAddresses.OfInterfaces().Concat(credentials is null ? [] : NodeHosts.Of(credentials.Current().Certificate).Addresses),
            provider.GetRequiredService<SmtpOptions>().Listen,
            provider.GetRequiredService<TimeProvider>());
    }
}
