using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The exchange's clock, its metrics and its log of faults.</summary>
internal sealed class ExchangeMonitor(WallClock clock, NodeMetrics metrics, ExchangeLog log)
{
    /// <inheritdoc cref="WallClock.Steady"/>
    public long Now => clock.Steady;

    public void Sent(int octets, bool isBatch) => metrics.ExchangeSent(octets, isBatch);

    /// <param name="milliseconds">How long ago an applied batch was published.</param>
    public void Lag(long milliseconds) => metrics.ExchangeLag(TimeSpan.FromMilliseconds(milliseconds));

    public void Failed(Exception failure) => log.Failed(failure);
}
