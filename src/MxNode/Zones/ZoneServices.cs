using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Zones;

/// <summary>Wires the node's name server into the node; without <c>Trust:DnsListen</c> there is none.</summary>
internal static class ZoneServices
{
    public static IServiceCollection AddZones(this IServiceCollection services, NetworkOptions network, TrustOptions trust)
    {
        if (trust.DnsListen.Count == 0 || trust.Zone is not { } list)
        {
            return services;
        }

        services.AddSingleton<NameServers>();
        services.AddSingleton<Zone>(provider => new DnswlZone(
            list, provider.GetRequiredService<NameServers>(), provider.GetRequiredService<TrustBook>(), provider.GetRequiredService<LiveNodes>(), provider.GetRequiredService<TimeProvider>()));
        foreach (var name in network.Names)
        {
            services.AddSingleton<Zone>(provider => new MagicZone(
                name, provider.GetRequiredService<NameServers>(), provider.GetRequiredService<LiveNodes>(), provider.GetRequiredService<TimeProvider>()));
        }

        return services
            .AddSingleton(provider => new ZoneTable(provider.GetServices<Zone>(), provider.GetRequiredService<ResourcePressure>().IsShort))
            .AddSingleton<ZoneServer>()
            .AddHostedService(provider => provider.GetRequiredService<ZoneServer>());
    }
}
