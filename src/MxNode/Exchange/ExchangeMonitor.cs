using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The exchange's clock, its metrics and its log of faults.</summary>
internal sealed class ExchangeMonitor(WallClock clock, NodeMetrics metrics, NodeHealth health, ExchangeLog log)
{
    private readonly ComponentHealth _loop = health.Of("exchange", TimeSpan.Zero, TimeSpan.Zero);

    /// <inheritdoc cref="WallClock.Steady"/>
    public long Now => clock.Steady;

    public void Sent(int octets, bool isBatch) => metrics.ExchangeSent(octets, isBatch);

    /// <param name="milliseconds">How long ago an applied batch was published.</param>
    public void Lag(long milliseconds) => metrics.ExchangeLag(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>An input or an effect failed; the next one is handled as usual.</summary>
    public void Failed(Exception failure)
    {
        _loop.Failed(failure.Message);
        _loop.Worked();
        log.Failed(failure);
    }
}
