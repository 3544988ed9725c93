using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting.Systemd;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Hosting.Supervision;

/// <summary>Wires the notices to the service manager into the node. They are added last, so that the node is ready when all else has started.</summary>
internal static class SupervisionServices
{
    /// <param name="services">The node's services.</param>
    /// <param name="variable">Gives the value of an environment variable, or null.</param>
    public static IServiceCollection AddSupervision(this IServiceCollection services, Func<string, string?> variable)
    {
        services.TryAddSingleton<ISystemdNotifier, SystemdNotifier>();
        services
            .AddSingleton<ServiceNotices>()
            .AddHostedService(provider => provider.GetRequiredService<ServiceNotices>());
        return WatchdogTime.Read(variable, Environment.ProcessId) is { } time
            ? services.AddHostedService(provider => ActivatorUtilities.CreateInstance<Watchdog>(provider, time))
            : services;
    }
}
