using System.Diagnostics.Metrics;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Spool;

/// <summary>The queue's instruments; gauges of what it holds are wired in <see cref="SpoolServices"/>.</summary>
internal sealed class SpoolMetrics
{
    private readonly Counter<long> _recipients;
    private readonly Counter<long> _reports;
    private readonly Histogram<double> _time;

    public SpoolMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(NodeMetrics.MeterName);
        _recipients = meter.CreateCounter<long>("throttlenet.queue.recipients", "{recipient}", "recipients of queued messages that were tried, by outcome");
        _reports = meter.CreateCounter<long>("throttlenet.queue.reports", "{report}", "delivery reports by what became of them");
        _time = meter.CreateLongDuration("throttlenet.queue.duration", "time from the acceptance of a message to its delivery");
    }

    /// <summary>Counts the recipients of one attempt.</summary>
    public void Tried(int delivered, int failed, int deferred, TimeSpan age)
    {
        Add("delivered", delivered);
        Add("failed", failed);
        Add("deferred", deferred);
        if (delivered > 0)
        {
            _time.Record(age.TotalSeconds);
        }
    }

    /// <param name="outcome">sent, or dropped because the sender is not proven.</param>
    public void Report(string outcome) => _reports.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    private void Add(string outcome, int recipients)
    {
        if (recipients > 0)
        {
            _recipients.Add(recipients, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }
}
