using System.Diagnostics;
using System.Diagnostics.Metrics;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>The instruments of SMTP sessions.</summary>
internal sealed class SmtpMetrics
{
    private readonly Counter<long> _sessions;
    private readonly Counter<long> _recipients;
    private readonly Counter<long> _earlyTalkers;
    private readonly Histogram<double> _hold;
    private readonly Histogram<double> _relay;
    private readonly UpDownCounter<long> _held;

    public SmtpMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(NodeMeter.Name);
        _sessions = meter.CreateCounter<long>("throttlenet.sessions", "{session}", "SMTP sessions by outcome");
        _recipients = meter.CreateCounter<long>("throttlenet.recipients", "{recipient}", "recipients by verdict and reason");
        _earlyTalkers = meter.CreateCounter<long>("throttlenet.early_talkers", "{session}", "clients that sent input before the greeting");
        _hold = meter.CreateHistogram<double>("throttlenet.hold.duration", "s", "time by which a session's replies were delayed in all");
        _relay = meter.CreateHistogram<double>("throttlenet.relay.duration", "s", "time that the next hop took to answer a text");
        _held = meter.CreateUpDownCounter<long>("throttlenet.connections.held", "{connection}", "open SMTP connections");
    }

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

    /// <summary>Counts an answered recipient by the answer, and by the reason of whichever of the node's checks or the next hop gave it.</summary>
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
}
