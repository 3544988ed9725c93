using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Wires metrics, their export and the health of components into the node.</summary>
internal static class TelemetryServices
{
    /// <summary>Adds <see cref="NodeHealth"/>; every feature that reports to it may call this.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.TryAddSingleton<NodeHealth>();
        return services;
    }

    public static IServiceCollection AddNodeMetrics(this IServiceCollection services, TelemetryOptions options)
    {
        services.AddSingleton(options).AddSingleton<NodeMetrics>();
        return options.Otlp is null ? services : services.AddHostedService<MetricsExport>();
    }
}
