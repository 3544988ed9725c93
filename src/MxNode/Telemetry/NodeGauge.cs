using System.Diagnostics.Metrics;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>A figure that a feature keeps anyway, shown as an observable gauge from the node's start on.</summary>
/// <param name="Create">Makes the instrument; the services are those of the running node.</param>
internal sealed record NodeGauge(Action<Meter, IServiceProvider> Create);
