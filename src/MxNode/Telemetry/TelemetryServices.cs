namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Wires metrics and their export into the node.</summary>
internal static class TelemetryServices
{
    public static IServiceCollection AddNodeMetrics(this IServiceCollection services, TelemetryOptions options)
    {
        services.AddSingleton(options).AddSingleton<NodeMetrics>();
        return options.Otlp is null ? services : services.AddHostedService<MetricsExport>();
    }
}
