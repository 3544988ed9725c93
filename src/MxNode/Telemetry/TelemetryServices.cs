using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Wires metrics, their export and the health of components into the node.</summary>
internal static class TelemetryServices
{
    private const string ServiceName = "throttlenet";

    // Combinations of attribute values of one instrument. The library reserves memory for all of them, some 200 octets each.
    private const int MaxSeries = 200;

    /// <summary>Adds <see cref="NodeHealth"/>; every feature that reports to it may call this.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.TryAddSingleton<NodeHealth>();
        return services;
    }

    /// <summary>
    /// Adds the node's instruments, and those of the runtime and of Kestrel, for <c>/metrics</c>. Where a collector is configured, metrics, traces and the
    /// log go there as well.
    /// </summary>
    /// <param name="services">The node's services.</param>
    /// <param name="options">Names the collector.</param>
    /// <param name="node">The node's name: the resource attribute <c>service.instance.id</c>.</param>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, TelemetryOptions options, string node)
    {
        services.AddSingleton(options).AddMetrics().AddHealth().AddSingleton<VerdictHistory>().AddSingleton<RecentSessions>().AddSingleton<NodeMetrics>().AddHostedService<GaugeService>();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(ServiceName, serviceVersion: NodeInstance.Version, serviceInstanceId: node))
            .WithMetrics(metrics => metrics
                .AddMeter(NodeMetrics.MeterName, "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel")
                .AddView("*", new MetricStreamConfiguration { CardinalityLimit = MaxSeries })
                .AddPrometheusExporter());
        if (options.Otlp is { } collector)
        {
            // The calls between nodes carry the trace context by themselves: HttpClient writes it, ASP.NET Core reads it.
            telemetry
                .WithTracing(traces => traces.AddSource(NodeTracing.SourceName, "System.Net.Http")
                    .AddAspNetCoreInstrumentation(http => http.Filter = request => request.Request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.Ordinal)))
                .WithLogging()
                .UseOtlpExporter(OtlpExportProtocol.Grpc, new Uri(collector));
        }

        return services;
    }

    /// <summary>Names a loop that the watchdog asks.</summary>
    public static IServiceCollection AddLoopProbe(this IServiceCollection services, string name, Func<IServiceProvider, Task> answer) =>
        services.AddSingleton(provider => new LoopProbe(name, () => answer(provider)));

    /// <summary>Shows a figure of the feature's as a gauge.</summary>
    public static IServiceCollection AddGauge(this IServiceCollection services, string name, string unit, string description, Func<IServiceProvider, long> read) =>
        services.AddSingleton(new NodeGauge((meter, provider) => meter.CreateObservableGauge(name, () => read(provider), unit, description)));

    /// <summary>Shows a figure that has a value for each of several tags.</summary>
    public static IServiceCollection AddGauge<T>(
        this IServiceCollection services, string name, string unit, string description, Func<IServiceProvider, IEnumerable<Measurement<T>>> read)
        where T : struct =>
        services.AddSingleton(new NodeGauge((meter, provider) => meter.CreateObservableGauge(name, () => read(provider), unit, description)));
}
