using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Cluster.News;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Zones;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Wires the guard into the node, and the service by which a relay answers other nodes' guards.</summary>
internal static class GuardServices
{
    // Changes of a tenth of a second.
    private const int MostNews = 10_000;

    /// <param name="services">The node's services.</param>
    /// <param name="options">Section Guard.</param>
    /// <param name="exchange">Section Exchange: its certificate is used to ask relays.</param>
    /// <param name="cluster">Section Cluster: its guards share courtesies and drop sets.</param>
    /// <param name="smtp">The endpoints at which this node itself takes mail.</param>
    /// <param name="dataDirectory">The directory for the list of dropped hosts.</param>
    public static IServiceCollection AddGuard(
        this IServiceCollection services, GuardOptions options, ExchangeOptions exchange, ClusterOptions cluster, IReadOnlyList<IPEndPoint> smtp, string dataDirectory)
    {
        services
            .AddSection(options)
            .AddSingleton<TrustedBlocks>()
            .AddSingleton<NetworkView>()
            .AddSingleton(provider => new StrangerTable(provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => new GuardDrops(
                provider.GetRequiredService<Live<GuardOptions>>(), provider.GetRequiredService<NodeThrottle>(), provider.GetRequiredService<TimeProvider>(), provider.GetService<DropTable>(),
                provider.GetService<CourtesyBook>(), provider.GetService<NewsBuffer<DropNotice>>()))
            .AddSingleton<OwnSightings>()
            .AddSingleton<SightingsServer>()
            .LimitMessages<SightingsServer>(SightingsServer.MaxMessage);
        if (options.AsksRelays && !exchange.IsOn)
        {
            services.AddCredentials(exchange);
        }

        if (options.AsksRelays)
        {
            services
                .AddSingleton<GuardLog>()
                .AddSingleton<StrangerReports>()
                .AddSingleton<RelayChannels>()
                .AddSingleton<RelaySightings>()
                .AddSingleton<ISightings>(provider => provider.GetRequiredService<RelaySightings>())
                .AddHostedService<StrangerReporter>();
        }
        else
        {
            services.AddSingleton<ISightings>(provider => provider.GetRequiredService<OwnSightings>());
        }

        if (options.Zone is { } zone)
        {
            services.AddSingleton<Zone>(provider => ActivatorUtilities.CreateInstance<SightingZone>(provider, zone));
        }

        if (cluster.IsOn)
        {
            services.AddNews(options);
        }

        return options.IsOn ? services.AddDesk(options, smtp).AddDropSet(options, dataDirectory) : services;
    }

    /// <summary>Answers mail servers on the endpoints of <c>Guard:Listen</c> and <c>Guard:HttpListen</c>.</summary>
    public static void ListenGuard(this KestrelServerOptions kestrel, GuardOptions options)
    {
        kestrel.Listen(Listener.Guard, options.EndPoints, endPoint => endPoint.UseConnectionHandler<GuardConnectionHandler>());
        GuardHttp.Listen(kestrel, options);
    }

    /// <summary>Maps the paths that <c>Guard:HttpListen</c> serves.</summary>
    public static void MapGuard(this WebApplication app, GuardOptions options)
    {
        if (options.HttpEndPoints.Count > 0)
        {
            GuardHttp.Map(app);
        }
    }

    /// <summary>Answers the questions of other nodes' guards, on the exchange's endpoint.</summary>
    public static void MapSightings(this WebApplication app, ExchangeOptions options)
    {
        if (options.Listen is not null)
        {
            app.MapGrpcService<SightingsServer>();
        }
    }

    // Every node of a cluster passes on which hosts are dropped, also one without a guard; only guards count courtesies.
    private static void AddNews(this IServiceCollection services, GuardOptions options)
    {
        services
            .AddSingleton(new NewsBuffer<DropNotice>(MostNews))
            .AddSingleton<NewsTopic>(provider => TopicOf(provider, provider.GetRequiredService<GuardDrops>()));
        if (options.IsOn)
        {
            services
                .AddSingleton(new NewsBuffer<CourtesyNote>(MostNews))
                .AddSingleton<NewsTopic>(provider => TopicOf(provider, provider.GetRequiredService<CourtesyBook>()));
        }
    }

    private static ListTopic<DropNotice> TopicOf(IServiceProvider provider, GuardDrops drops) => new(
        "guard drops", GuardJson.Default.IReadOnlyListDropNotice, provider.GetRequiredService<NewsBuffer<DropNotice>>(), drops.ReadAll, drops.Take);

    private static ListTopic<CourtesyNote> TopicOf(IServiceProvider provider, CourtesyBook courtesies) => new(
        "guard courtesies", GuardJson.Default.IReadOnlyListCourtesyNote, provider.GetRequiredService<NewsBuffer<CourtesyNote>>(), courtesies.ReadAll, courtesies.Take);

    private static IServiceCollection AddDesk(this IServiceCollection services, GuardOptions options, IReadOnlyList<IPEndPoint> smtp)
    {
        services.TryAddSingleton<GuardLog>();
        return services
            .AddSingleton(provider => new CourtesyBook(
                options.Courtesy, options.CourtesyInterval, provider.GetRequiredService<TimeProvider>(), news: provider.GetService<NewsBuffer<CourtesyNote>>()))
            .AddSingleton(provider => CreateOwnAddresses(provider, smtp))
            .AddSingleton<GuardJudge>()
            .AddSingleton<GuardReplies>()
            .AddSingleton<GuardTally>()
            .AddSingleton<GuardDesk>()
            .AddSingleton<GuardConnectionHandler>()
            .OnStarted((provider, bound) => provider.GetRequiredService<GuardLog>().ListensOn(bound.Of(Listener.Guard), bound.Of(Listener.GuardHttp)));
    }

    private static IServiceCollection AddDropSet(this IServiceCollection services, GuardOptions options, string dataDirectory) => options.DropSet is null ? services : services
        .AddHealth()
        .AddSingleton(provider => new DropTable(provider.GetRequiredService<Live<GuardOptions>>(), provider.GetRequiredService<TrustedBlocks>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(new DropFile(dataDirectory))
        .AddSingleton(provider => new Nft(provider.GetRequiredService<TimeProvider>()))
        .AddHostedService<DropSetKeeper>()
        .AddHostedService<DropRelease>();

    private static OwnAddresses CreateOwnAddresses(IServiceProvider provider, IReadOnlyList<IPEndPoint> smtp)
    {
        // Null on a node that has no certificate, because it talks to no other node.
        var credentials = provider.GetService<CredentialStore>();
        return new OwnAddresses(
            () => OwnAddresses.OfInterfaces().Concat(credentials is null ? [] : SubjectAltNames.Of(credentials.Current().Certificate).Addresses),
            smtp,
            provider.GetRequiredService<TimeProvider>());
    }
}
