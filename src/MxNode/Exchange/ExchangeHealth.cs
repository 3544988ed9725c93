using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Whether this node takes part in the exchange, for the gRPC health service.</summary>
internal sealed class ExchangeHealth(ExchangeStatus status) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(status.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
}
