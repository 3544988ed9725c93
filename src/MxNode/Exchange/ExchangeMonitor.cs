using System.Collections.Concurrent;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The exchange's clock, its metrics and its log of faults.</summary>
internal sealed class ExchangeMonitor(WallClock clock, NodeMetrics metrics, NodeHealth health, ExchangeLog log)
{
    // More nodes than a network has.
    private const int MaxOrigins = 10_000;

    private readonly ConcurrentDictionary<OriginId, TimeSpan> _lags = new();
    private readonly ComponentHealth _loop = health.Of("exchange", TimeSpan.Zero, TimeSpan.Zero);

    /// <inheritdoc cref="WallClock.Steady"/>
    public long Now => clock.Steady;

    public void Sent(int octets, bool isBatch) => metrics.ExchangeSent(octets, isBatch);

    /// <summary>Notes that a batch is counted now.</summary>
    /// <param name="origin">The node that counted it.</param>
    /// <param name="milliseconds">How long ago it was published.</param>
    public void Lag(OriginId origin, long milliseconds)
    {
        var lag = TimeSpan.FromMilliseconds(milliseconds);
        metrics.ExchangeLag(lag);
        if (_lags.Count >= MaxOrigins)
        {
            _lags.Clear();
        }

        _lags[origin] = lag;
    }

    /// <summary>The lag of the last batch of a node; null for none.</summary>
    public TimeSpan? LagOf(OriginId origin) => _lags.TryGetValue(origin, out var lag) ? lag : null;

    /// <summary>An input or an effect failed; the next one is handled as usual.</summary>
    public void Failed(Exception failure)
    {
        _loop.Failed(failure.Message);
        _loop.Worked();
        log.Failed(failure);
    }
}
