using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Whether this node takes part in the exchange, for the gRPC health service.</summary>
internal sealed class ExchangeHealth(ExchangeService exchange) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(exchange.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
}
