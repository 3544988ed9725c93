namespace ThrottleNet.Protocol.Exchange;

/// <summary>What one node may send, and may have done for it, over all its links together: a node that was cut off does not get a new budget.</summary>
internal sealed class PeerBudget(ExchangeSettings settings)
{
    // The least cost of a frame, in octets: about what handling a frame costs beside reading it.
    private const int LeastFrame = 256;

    private Budget _received = new(settings.LinkRate, settings.LinkBurst);
    private Budget _answered = new(settings.LinkRate, settings.LinkBurst);

    public bool TryReceive(long now, int octets) => _received.TrySpend(now, Math.Max(octets, LeastFrame));

    /// <summary>Spends the answer budget: octets sent, or work of the same cost. False: the work must not be done.</summary>
    public bool TryAnswer(long now, double octets) => _answered.TrySpend(now, octets);
}
