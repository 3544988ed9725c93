using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>The node's instruments: meter <c>ThrottleNet</c>, durations in seconds.</summary>
internal sealed class NodeMetrics
{
    public const string MeterName = "ThrottleNet";

    private readonly VerdictHistory _history;
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
    private readonly Counter<long> _refused;
    private readonly Counter<long> _tls;
    private int _open;

    public NodeMetrics(IMeterFactory meters, VerdictHistory history)
    {
        _history = history;
        var meter = meters.Create(MeterName);
        _sessions = meter.CreateCounter<long>("throttlenet.sessions", "{session}", "SMTP sessions by outcome");
        _recipients = meter.CreateCounter<long>("throttlenet.recipients", "{recipient}", "recipients by verdict and reason");
        _earlyTalkers = meter.CreateCounter<long>("throttlenet.early_talkers", "{session}", "clients that sent input before the greeting");
        _hold = meter.CreateDuration("throttlenet.hold.duration", "time by which the replies of a session were delayed in all");
        _relay = meter.CreateDuration("throttlenet.relay.duration", "time that the next hop took to answer a text");
        _held = meter.CreateUpDownCounter<long>("throttlenet.connections.held", "{connection}", "open SMTP connections");
        _batches = meter.CreateCounter<long>("throttlenet.exchange.batches", "{batch}", "batches of counts, to and from peers");
        _octets = meter.CreateCounter<long>("throttlenet.exchange.bytes", "By", "octets of frames, to and from peers");
        _guard = meter.CreateCounter<long>("throttlenet.guard", "{request}", "answers of the guard to the mail server that it protects");
        _refused = meter.CreateCounter<long>("throttlenet.relay.refused", "{reply}", "refusals of next hops that are about this relay itself, by stage");
        _tls = meter.CreateCounter<long>("throttlenet.relay.tls", "{session}", "sessions with next hops that transactions were given, by the TLS that was demanded and reached; none: no session, because a policy was not satisfied");
        _lag = meter.CreateDuration("throttlenet.exchange.lag", "time from the publishing of a batch to its counting here");
    }

    public void ExchangeSent(int octets, bool isBatch) => Exchange("sent", octets, isBatch);

    public void ExchangeReceived(int octets, bool isBatch) => Exchange("received", octets, isBatch);

    public void ExchangeLag(TimeSpan lag) => _lag.Record(lag.TotalSeconds);

    public void GuardAnswered(string answer) => _guard.Add(1, new KeyValuePair<string, object?>("answer", answer));

    /// <summary>SMTP sessions now open.</summary>
    public int OpenSessions => Volatile.Read(ref _open);

    public void SessionStarted()
    {
        Interlocked.Increment(ref _open);
        _held.Add(1);
    }

    /// <param name="outcome">How it ended.</param>
    /// <param name="held">How long it was held and slowed in all.</param>
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
    /// <param name="reason">What the verdict is based on.</param>
    public void Recipient(string verdict, string reason)
    {
        _recipients.Add(1, new TagList { { "verdict", verdict }, { "reason", reason } });
        _history.Note(verdict switch
        {
            "forward" => VerdictKind.Passed,
            "slow" => VerdictKind.Slowed,
            "defer" => VerdictKind.Deferred,
            _ => VerdictKind.Refused,
        });
    }

    /// <summary>Counts a connection that the node has ended before any recipient, for the dashboard.</summary>
    public void TurnedAway() => _history.Note(VerdictKind.TurnedAway);

    public void EarlyTalker() => _earlyTalkers.Add(1);

    /// <summary>Counts a refusal by a next hop that is about this relay's name.</summary>
    /// <param name="stage">greeting, hello, mail, rcpt or text.</param>
    public void RelayRefused(string stage) => _refused.Add(1, new KeyValuePair<string, object?>("stage", stage));

    /// <summary>Counts a session with a next hop that a transaction has, or that a policy does not allow.</summary>
    /// <param name="demanded">none, testing, encrypted, mta-sts, dane, refused.</param>
    /// <param name="reached">plain, encrypted, trusted, dane; none: no session.</param>
    public void RelayTls(string demanded, string reached) => _tls.Add(1, new TagList { { "demanded", demanded }, { "reached", reached } });

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
}
