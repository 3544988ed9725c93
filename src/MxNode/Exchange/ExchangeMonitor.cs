using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The exchange's clock, its metrics and its log of faults.</summary>
internal sealed class ExchangeMonitor(ExchangeClock clock, NodeMetrics metrics, ExchangeLog log)
{
    /// <inheritdoc cref="ExchangeClock.Now"/>
    public long Now => clock.Now;

    public void Sent(int octets, bool isBatch) => metrics.ExchangeSent(octets, isBatch);

    /// <param name="milliseconds">How long ago an applied batch was published.</param>
    public void Lag(long milliseconds) => metrics.ExchangeLag(TimeSpan.FromMilliseconds(milliseconds));

    public void Failed(Exception failure) => log.Failed(failure);
}
