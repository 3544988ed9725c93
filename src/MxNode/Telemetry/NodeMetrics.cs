using System.Diagnostics;
using System.Diagnostics.Metrics;
using ThrottleNet.Counting;
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
    private readonly Counter<long> _batches;
    private readonly Counter<long> _octets;
    private readonly Histogram<double> _lag;
    private readonly Counter<long> _guard;

    public NodeMetrics()
    {
        _sessions = _meter.CreateCounter<long>("throttlenet.sessions", "{session}", "SMTP sessions by how they ended");
        _recipients = _meter.CreateCounter<long>("throttlenet.recipients", "{recipient}", "recipients by verdict and reason");
        _earlyTalkers = _meter.CreateCounter<long>("throttlenet.early_talkers", "{session}", "clients that spoke before the greeting");
        _hold = _meter.CreateHistogram<double>("throttlenet.hold.duration", "s", "how long a session was held and slowed in all");
        _relay = _meter.CreateHistogram<double>("throttlenet.relay.duration", "s", "how long the next hop took for a text");
        _held = _meter.CreateUpDownCounter<long>("throttlenet.connections.held", "{connection}", "open SMTP connections");
        _batches = _meter.CreateCounter<long>("throttlenet.exchange.batches", "{batch}", "batches of counts, to and from peers");
        _octets = _meter.CreateCounter<long>("throttlenet.exchange.bytes", "By", "octets of frames, to and from peers");
        _guard = _meter.CreateCounter<long>("throttlenet.guard", "{request}", "the guard's answers to the mail server it protects");
        _lag = _meter.CreateHistogram<double>("throttlenet.exchange.lag", "s", "from a batch's making to its counting here");
    }

    /// <summary>Shows a figure that somebody else keeps.</summary>
    public void Observe(string name, string unit, string description, Func<long> read) =>
        _meter.CreateObservableGauge(name, read, unit, description);

    public void Observe(string name, string unit, string description, Func<IEnumerable<Measurement<int>>> read) =>
        _meter.CreateObservableGauge(name, read, unit, description);

    public void ExchangeSent(int octets, bool isBatch) => Exchange("sent", octets, isBatch);

    public void ExchangeReceived(int octets, bool isBatch) => Exchange("received", octets, isBatch);

    public void ExchangeLag(TimeSpan lag) => _lag.Record(lag.TotalSeconds);

    public void GuardAnswered(string answer) => _guard.Add(1, new KeyValuePair<string, object?>("answer", answer));

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

    /// <summary>Counts a recipient that was answered: by what became of it, and by who decided that.</summary>
    public void Recipient(Recipient recipient)
    {
        var answer = recipient.Answer!;
        var verdict = !answer.IsPositive ? answer.IsTransient ? "defer" : "refuse" : recipient.Verdict is { Action: VerdictAction.Slow } ? "slow" : "forward";
        var reason = recipient.Refused?.ToString() ?? (answer.IsPositive ? (recipient.Verdict?.Reason ?? VerdictReason.Trusted).ToString() : "NextHop");
        _recipients.Add(1, new TagList { { "verdict", verdict }, { "reason", reason } });
    }

    public void EarlyTalker() => _earlyTalkers.Add(1);

    public void Relayed(RelayResult result) =>
        _relay.Record(result.Elapsed.TotalSeconds, new KeyValuePair<string, object?>("outcome", result.Reply.IsPositive ? "accepted" : result.Reply.IsTransient ? "deferred" : "refused"));

    private void Exchange(string direction, int octets, bool isBatch)
    {
        var tag = new KeyValuePair<string, object?>("direction", direction);
        _octets.Add(octets, tag);
        if (isBatch)
        {
            _batches.Add(1, tag);
        }
    }

    public void Dispose() => _meter.Dispose();
}
