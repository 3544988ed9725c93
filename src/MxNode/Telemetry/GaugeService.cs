using System.Diagnostics.Metrics;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Makes every feature's <see cref="NodeGauge"/> when the node starts.</summary>
internal sealed class GaugeService(IEnumerable<NodeGauge> gauges, IMeterFactory meters, IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = meters.Create(NodeMetrics.MeterName);
        foreach (var gauge in gauges)
        {
            gauge.Create(meter, services);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
