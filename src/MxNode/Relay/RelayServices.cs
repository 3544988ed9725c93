using Microsoft.Extensions.DependencyInjection.Extensions;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.TlsPolicy;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Wires the relay. It needs an <see cref="IDnsResolver"/> and logging, which others add.</summary>
internal static class RelayServices
{
    private const string ServedName = "served.domains";

    /// <summary>Adds <see cref="DestinationFinder"/>, <see cref="IDeliveryMethod"/> and <see cref="TextStore"/>.</summary>
    /// <param name="services">Gets the services.</param>
    /// <param name="network">How magic names are recognised; validated.</param>
    /// <param name="relay">Limits and routes; validated.</param>
    /// <param name="self">This node's name and addresses; the addresses may be set later.</param>
    /// <param name="dataDirectory">Its folder <c>spool</c> takes texts too big for memory.</param>
    public static IServiceCollection AddRelay(
        this IServiceCollection services, NetworkOptions network, RelayOptions relay, OwnIdentity self, string dataDirectory)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddDescriptorBudget()
            .AddSingleton(network)
            .AddSection(relay)
            .AddSingleton(self)
            .AddSingleton(provider => OpenTexts(provider, dataDirectory))
            .AddHealth()
            .AddSingleton<ServedDomains>()
            .AddHostedService(provider => ActivatorUtilities.CreateInstance<ServedDomainsKeeper>(provider, Path.Combine(dataDirectory, ServedName)))
            .AddSingleton<DestinationFinder>()
            .AddTlsPolicy(dataDirectory, provider =>
            {
                var live = provider.GetRequiredService<Live<RelayOptions>>();
                return address => live.Current.AllowPrivateDestinations || PublicAddresses.Contains(address);
            })
            .AddSingleton<HopAddresses>()
            .AddSingleton<HopLookups>()
            .AddSingleton<NextHopTls>()
            .AddSingleton<HopMemory>()
            .AddSingleton<NameRule>()
            .AddSingleton<NameRefusals>()
            .AddSingleton<HopHistory>()
            .AddSingleton<NextHopDialer>()
            .AddSingleton<NextHopPool>()
            .AddSingleton<NextHopConnector>()
            .AddSingleton<ArcKeyFile>()
            .AddReloadedFile(provider => provider.GetRequiredService<ArcKeyFile>().Read)
            .AddSingleton<AuthenticationSettings>()
            .AddSingleton<AuthenticationMetrics>()
            .AddSingleton<SenderAuthentication>()
            .AddSingleton<IDeliveryMethod, Forwarder>()
            .OnStarted((_, bound) => self.ListensOn(bound.Of(Listener.Smtp)));
    }

    private static TextStore OpenTexts(IServiceProvider provider, string dataDirectory)
    {
        var texts = new TextStore(dataDirectory, provider.GetRequiredService<Live<RelayOptions>>(), provider.GetRequiredService<DescriptorBudget>(), provider.GetRequiredService<TimeProvider>());
        var leftovers = texts.RemoveLeftovers();
        if (leftovers > 0)
        {
            RelayLog.LeftoversRemoved(provider.GetRequiredService<ILogger<TextStore>>(), leftovers);
        }

        return texts;
    }
}
