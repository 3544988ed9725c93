using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ThrottleNet.MxNode.Listening;

/// <summary>Wires listening into the node, and lets a feature take its endpoints.</summary>
internal static class KestrelListening
{
    /// <summary>Adds the transport that counts connections, and the budget that it uses.</summary>
    public static IServiceCollection AddListening(this IServiceCollection services) => services
        .AddSingleton<BoundEndPoints>()
        .AddSingleton<ListeningLog>()
        .AddSingleton<CountedListenerServices>()
        .AddDescriptorBudget()
        .AddSingleton<IConnectionListenerFactory, CountedListenerFactory>();

    /// <summary>Adds the budget of this process's descriptors, unless it is there.</summary>
    public static IServiceCollection AddDescriptorBudget(this IServiceCollection services)
    {
        services.TryAddSingleton(_ => new DescriptorBudget(FileLimit.Read()));
        return services;
    }

    /// <summary>Adds <see cref="DrainDelay"/>. To be called after all services that serve clients were added.</summary>
    public static IServiceCollection AddDrainDelay(this IServiceCollection services, TimeSpan delay) => services
        .AddSingleton(provider => new DrainDelay(delay, provider.GetRequiredService<TimeProvider>()))
        .AddHostedService(provider => provider.GetRequiredService<DrainDelay>());

    /// <summary>Calls back once the node has started and its endpoints are bound.</summary>
    /// <remarks>Not by AddHostedService, which would keep the first of several callbacks only.</remarks>
    public static IServiceCollection OnStarted(this IServiceCollection services, Action<IServiceProvider, BoundEndPoints> notify) =>
        services.AddSingleton<IHostedService>(provider => new StartedNotice(() => notify(provider, provider.GetRequiredService<BoundEndPoints>())));

    /// <summary>Listens on each endpoint, enters it in <see cref="BoundEndPoints"/>, and gives each connection its <see cref="ListenerFeature"/>.</summary>
    public static void Listen(this KestrelServerOptions kestrel, Listener listener, IEnumerable<IPEndPoint> endPoints, Action<ListenOptions> configure)
    {
        var bound = kestrel.ApplicationServices.GetRequiredService<BoundEndPoints>();
        var feature = new ListenerFeature(listener);
        foreach (var endPoint in endPoints)
        {
            kestrel.Listen(new ListenerEndPoint(endPoint, listener), options =>
            {
                options.Use(next => connection =>
                {
                    connection.Features.Set(feature);
                    return next(connection);
                });
                configure(options);
                bound.Add(listener, options);
            });
        }
    }
}
