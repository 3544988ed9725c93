using System.Diagnostics.Metrics;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Whether this node takes part in the exchange, as of the last tick. Thread-safe.</summary>
internal sealed class ExchangeStatus(ExchangeOptions options, HoldGate gate, CertificateWatch certificate)
{
    private volatile int _open;
    private volatile int _ready;

    /// <summary>
    /// Whether peers were reached, or none are sought. False again when no neighbour is left because this node's certificate has expired.
    /// </summary>
    public bool IsReady => gate.HasJoined && !(options.SeeksPeers && _ready == 0 && certificate.HasEnded);

    /// <inheritdoc cref="ExchangeOptions.SeeksPeers"/>
    public bool SeeksPeers => options.SeeksPeers;

    /// <summary>Links by state, for the metrics.</summary>
    public IEnumerable<Measurement<int>> Links() =>
    [
        new(_ready, new KeyValuePair<string, object?>("state", "ready")),
        new(_open - _ready, new KeyValuePair<string, object?>("state", "joining")),
    ];

    /// <param name="open">Links.</param>
    /// <param name="ready">The links on which both ends have said hello.</param>
    public void Update(int open, int ready) => (_open, _ready) = (open, ready);
}
