using System.Diagnostics.Metrics;
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

    /// <summary>Adds the node's instruments, and their export where one is configured.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, TelemetryOptions options)
    {
        services.AddSingleton(options).AddMetrics().AddHealth().AddSingleton<NodeMetrics>().AddHostedService<GaugeService>();
        return options.Otlp is null ? services : services.AddHostedService<MetricsExport>();
    }

    /// <summary>Shows a figure of the feature's as a gauge.</summary>
    public static IServiceCollection AddGauge(this IServiceCollection services, string name, string unit, string description, Func<IServiceProvider, long> read) =>
        services.AddSingleton(new NodeGauge((meter, provider) => meter.CreateObservableGauge(name, () => read(provider), unit, description)));

    /// <summary>Shows a figure that has a value for each of several tags.</summary>
    public static IServiceCollection AddGauge<T>(
        this IServiceCollection services, string name, string unit, string description, Func<IServiceProvider, IEnumerable<Measurement<T>>> read)
        where T : struct =>
        services.AddSingleton(new NodeGauge((meter, provider) => meter.CreateObservableGauge(name, () => read(provider), unit, description)));
}
