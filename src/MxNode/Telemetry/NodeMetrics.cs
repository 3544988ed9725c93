using System.Diagnostics;
using System.Diagnostics.Metrics;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>The node's instruments: meter <c>ThrottleNet</c>, durations in seconds.</summary>
internal sealed class NodeMetrics : IDisposable
{
    public const string MeterName = "ThrottleNet";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _sessions;
    private readonly Counter<long> _recipients;
    private readonly Counter<long> _earlyTalkers;
    private readonly Histogram<double> _hold;
    private readonly Histogram<double> _relay;
    private readonly UpDownCounter<long> _held;

    public NodeMetrics()
    {
        _sessions = _meter.CreateCounter<long>("throttlenet.sessions", "{session}", "SMTP sessions by how they ended");
        _recipients = _meter.CreateCounter<long>("throttlenet.recipients", "{recipient}", "recipients by verdict and reason");
        _earlyTalkers = _meter.CreateCounter<long>("throttlenet.early_talkers", "{session}", "clients that spoke before the greeting");
        _hold = _meter.CreateHistogram<double>("throttlenet.hold.duration", "s", "how long a session was held and slowed in all");
        _relay = _meter.CreateHistogram<double>("throttlenet.relay.duration", "s", "how long the next hop took for a text");
        _held = _meter.CreateUpDownCounter<long>("throttlenet.connections.held", "{connection}", "open SMTP connections");
    }

    /// <summary>Shows a figure that somebody else keeps.</summary>
    public void Observe(string name, string unit, string description, Func<long> read) =>
        _meter.CreateObservableGauge(name, read, unit, description);

    public void SessionStarted() => _held.Add(1);

    public void SessionEnded(SessionSummary summary)
    {
        _held.Add(-1);
        _sessions.Add(1, new KeyValuePair<string, object?>("outcome", summary.Outcome));
        if (summary.Held > TimeSpan.Zero)
        {
            _hold.Record(summary.Held.TotalSeconds);
        }
    }

    public void Recipient(SmtpReply answer, SessionSummary summary) =>
        _recipients.Add(1, new TagList { { "verdict", answer.IsPositive ? summary.Verdict : answer.IsTransient ? "defer" : "refuse" }, { "reason", summary.Reason } });

    public void EarlyTalker() => _earlyTalkers.Add(1);

    public void Relayed(RelayResult result) =>
        _relay.Record(result.Elapsed.TotalSeconds, new KeyValuePair<string, object?>("outcome", result.Reply.IsPositive ? "accepted" : result.Reply.IsTransient ? "deferred" : "refused"));

    public void Dispose() => _meter.Dispose();
}
