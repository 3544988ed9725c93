using System.Net;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>Wires the lookup of TLS policies. It needs an <see cref="IDnsResolver"/>, a <see cref="DescriptorBudget"/>, the health of components and logging, which others add.</summary>
internal static class TlsPolicyServices
{
    private const string FileName = "mta-sts.policies";

    /// <summary>Adds <see cref="TlsDemands"/>, <see cref="DaneLookup"/>, <see cref="MtaStsLookup"/> and <see cref="MtaStsFetcher"/>.</summary>
    /// <param name="services">Gets the services.</param>
    /// <param name="dataDirectory">Has the file of policies.</param>
    /// <param name="mayCall">Which addresses web servers of policies may have.</param>
    public static IServiceCollection AddTlsPolicy(this IServiceCollection services, string dataDirectory, Func<IServiceProvider, Func<IPAddress, bool>> mayCall)
    {
        services.TryAddSingleton(new DnsOptions());
        services.TryAddSingleton(new TrustAnchors());
        services.TryAddSingleton(provider => new MtaStsFetcher(
            MtaStsFetcher.CreateHandler(
                provider.GetRequiredService<IDnsResolver>(), mayCall(provider), provider.GetRequiredService<DescriptorBudget>(), provider.GetRequiredService<TrustAnchors>()),
            provider.GetRequiredService<TimeProvider>()));
        return services
            .AddSingleton<MtaStsTable>()
            .AddSingleton<MtaStsLookup>()
            .AddSingleton<DaneLookup>()
            .AddSingleton<TlsDemands>()
            .AddHostedService(provider => ActivatorUtilities.CreateInstance<MtaStsKeeper>(provider, Path.Combine(dataDirectory, FileName)));
    }
}
