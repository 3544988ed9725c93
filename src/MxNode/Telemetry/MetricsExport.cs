using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Sends the node's metrics to an OTLP collector for as long as the node runs.</summary>
internal sealed class MetricsExport(TelemetryOptions options) : IHostedService, IDisposable
{
    private MeterProvider? _provider;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(NodeMetrics.MeterName)
            .AddOtlpExporter(exporter => exporter.Endpoint = new Uri(options.Otlp!))
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _provider?.ForceFlush(timeoutMilliseconds: 2000);
        return Task.CompletedTask;
    }

    public void Dispose() => _provider?.Dispose();
}
