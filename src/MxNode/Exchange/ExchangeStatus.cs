using System.Diagnostics.Metrics;
using System.Globalization;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Whether this node takes part in the exchange, as of the last tick. Thread-safe.</summary>
internal sealed class ExchangeStatus(ExchangeOptions options, HoldGate gate, CertificateWatch certificate, NodeHealth health)
{
    private static readonly TimeSpan CompareEvery = TimeSpan.FromSeconds(1);

    private readonly ComponentHealth _clock = health.Of("clock", CompareEvery, CompareEvery);
    private volatile int _open;
    private volatile int _ready;
    private volatile string? _clockFault;
    private volatile IReadOnlyList<(string Peer, long Ahead)> _skews = [];

    /// <summary>
    /// Whether peers were reached, or none are sought. False again when no neighbour is left because this node's certificate has expired.
    /// </summary>
    public bool IsReady => gate.HasJoined && !(options.SeeksPeers && _ready == 0 && certificate.HasEnded);

    /// <summary>Why this node's clock is wrong; null: it is not known to be wrong.</summary>
    public string? ClockFault => _clockFault;

    /// <inheritdoc cref="ExchangeOptions.SeeksPeers"/>
    public bool SeeksPeers => options.SeeksPeers;

    /// <summary>Links by state, for the metrics.</summary>
    public IEnumerable<Measurement<int>> Links() =>
    [
        new(_ready, new KeyValuePair<string, object?>("state", "ready")),
        new(_open - _ready, new KeyValuePair<string, object?>("state", "joining")),
    ];

    /// <summary>Seconds by which the neighbours' clocks are ahead of this node's, for the metrics.</summary>
    public IEnumerable<Measurement<double>> Skews() => _skews.Select(s => new Measurement<double>(s.Ahead / 1000.0, new KeyValuePair<string, object?>("peer", s.Peer)));

    /// <param name="open">Links.</param>
    /// <param name="ready">The links on which both ends have said hello.</param>
    public void Update(int open, int ready) => (_open, _ready) = (open, ready);

    /// <summary>
    /// Takes the clocks of the neighbours, where they are known. A clock that is before the start of this node's certificate is wrong in any case: no
    /// neighbour is needed to tell.
    /// </summary>
    /// <param name="clocks">Names, operators, and milliseconds by which the clocks are ahead of this node's.</param>
    /// <param name="maxSkew">The largest difference that nodes correct, in milliseconds.</param>
    public void UpdateClocks(IReadOnlyList<(string Peer, string Operator, long Ahead)> clocks, long maxSkew)
    {
        _skews = [.. clocks.Select(c => (c.Peer, c.Ahead))];
        _clockFault = certificate.NotValidBefore is { } start
            ? string.Create(CultureInfo.InvariantCulture, $"this node's clock is before its certificate, which is valid from {start.UtcDateTime:u} on, so no node links with it; set the clock (NTP)")
            : ClockComparison.FaultOf(clocks.Select(c => (c.Operator, c.Ahead)), maxSkew);
        if (_clockFault is { } fault)
        {
            _clock.Failed(fault);
        }
        else
        {
            _clock.Worked();
        }
    }
}
