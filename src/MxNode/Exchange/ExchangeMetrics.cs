using System.Diagnostics.Metrics;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The exchange's instruments.</summary>
internal sealed class ExchangeMetrics
{
    private readonly Counter<long> _batches;
    private readonly Counter<long> _octets;
    private readonly Histogram<double> _lag;

    public ExchangeMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(NodeMeter.Name);
        _batches = meter.CreateCounter<long>("throttlenet.exchange.batches", "{batch}", "batches of counts, to and from peers");
        _octets = meter.CreateCounter<long>("throttlenet.exchange.bytes", "By", "octets of frames, to and from peers");
        _lag = meter.CreateHistogram<double>("throttlenet.exchange.lag", "s", "time from the publishing of a batch to its counting here");
    }

    public void Sent(int octets, bool isBatch) => Count("sent", octets, isBatch);

    public void Received(int octets, bool isBatch) => Count("received", octets, isBatch);

    public void Lag(TimeSpan lag) => _lag.Record(lag.TotalSeconds);

    private void Count(string direction, int octets, bool isBatch)
    {
        var tag = new KeyValuePair<string, object?>("direction", direction);
        _octets.Add(octets, tag);
        if (isBatch)
        {
            _batches.Add(1, tag);
        }
    }
}
