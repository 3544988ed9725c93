using System.Diagnostics;
using System.Diagnostics.Metrics;

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
    private int _open;

    public NodeMetrics()
    {
        _sessions = _meter.CreateCounter<long>("throttlenet.sessions", "{session}", "SMTP sessions by outcome");
        _recipients = _meter.CreateCounter<long>("throttlenet.recipients", "{recipient}", "recipients by verdict and reason");
        _earlyTalkers = _meter.CreateCounter<long>("throttlenet.early_talkers", "{session}", "early talkers: clients that sent something before the greeting");
        _hold = _meter.CreateHistogram<double>("throttlenet.hold.duration", "s", "time that a session was held and slowed, in all");
        _relay = _meter.CreateHistogram<double>("throttlenet.relay.duration", "s", "time from the client's final dot to the next hop's answer");
        _held = _meter.CreateUpDownCounter<long>("throttlenet.connections.held", "{connection}", "open SMTP connections");
        _batches = _meter.CreateCounter<long>("throttlenet.exchange.batches", "{batch}", "batches of counts, sent to peers and received from them");
        _octets = _meter.CreateCounter<long>("throttlenet.exchange.bytes", "By", "octets of frames, sent to peers and received from them");
        _guard = _meter.CreateCounter<long>("throttlenet.guard", "{request}", "answers of the guard to the mail server that it protects");
        _lag = _meter.CreateHistogram<double>("throttlenet.exchange.lag", "s", "time from a batch's origin to its counting here");
    }

    /// <summary>Adds a gauge whose value another object keeps.</summary>
    /// <param name="name">The instrument's name.</param>
    /// <param name="unit">As UCUM writes it, e.g. {row}.</param>
    /// <param name="description">What the value means.</param>
    /// <param name="read">Gives the value now; called on any thread.</param>
    public void Observe(string name, string unit, string description, Func<long> read) =>
        _meter.CreateObservableGauge(name, read, unit, description);

    public void Observe(string name, string unit, string description, Func<IEnumerable<Measurement<int>>> read) =>
        _meter.CreateObservableGauge(name, read, unit, description);

    public void ExchangeSent(int octets, bool isBatch) => Exchange("sent", octets, isBatch);

    public void ExchangeReceived(int octets, bool isBatch) => Exchange("received", octets, isBatch);

    public void ExchangeLag(TimeSpan lag) => _lag.Record(lag.TotalSeconds);

    public void GuardAnswered(string answer) => _guard.Add(1, new KeyValuePair<string, object?>("answer", answer));

    /// <summary>Open SMTP sessions.</summary>
    public int OpenSessions => Volatile.Read(ref _open);

    public void SessionStarted()
    {
        Interlocked.Increment(ref _open);
        _held.Add(1);
    }

    /// <param name="outcome">The outcome, one of a few words.</param>
    /// <param name="held">The time that it was held and slowed, in all.</param>
    public void SessionEnded(string outcome, TimeSpan held)
    {
        Interlocked.Decrement(ref _open);
        _held.Add(-1);
        _sessions.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        if (held > TimeSpan.Zero)
        {
            _hold.Record(held.TotalSeconds);
        }
    }

    /// <summary>Counts a recipient that was answered.</summary>
    /// <param name="verdict">forward, slow, defer, refuse.</param>
    /// <param name="reason">What decided: a reason of the throttle or of a refusal, or NextHop.</param>
    public void Recipient(string verdict, string reason) => _recipients.Add(1, new TagList { { "verdict", verdict }, { "reason", reason } });

    public void EarlyTalker() => _earlyTalkers.Add(1);

    /// <param name="outcome">accepted, deferred, refused.</param>
    /// <param name="elapsed">From the client's final dot to the next hop's answer.</param>
    public void Relayed(string outcome, TimeSpan elapsed) => _relay.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));

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
