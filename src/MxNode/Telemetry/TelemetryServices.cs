namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Registers the metrics, and their export where a collector is set.</summary>
internal static class TelemetryServices
{
    public static IServiceCollection AddNodeMetrics(this IServiceCollection services, TelemetryOptions options)
    {
        services.AddSingleton(options).AddSingleton<NodeMetrics>();
        return options.Otlp is null ? services : services.AddHostedService<MetricsExport>();
    }
}
