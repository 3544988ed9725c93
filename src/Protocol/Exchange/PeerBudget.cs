namespace ThrottleNet.Protocol.Exchange;

/// <summary>What one node may send, and may have done for it, over all its links together: a node that was cut off does not get a new budget.</summary>
internal sealed class PeerBudget(ExchangeSettings settings)
{
    // Octets that the smallest frame counts as: about what handling one costs beside reading it.
    private const int LeastFrame = 256;

    private Budget _received = new(settings.LinkRate, settings.LinkBurst);
    private Budget _answered = new(settings.LinkRate, settings.LinkBurst);

    public bool TryReceive(long now, int octets) => _received.TrySpend(now, Math.Max(octets, LeastFrame));

    /// <summary>Spends of the budget for what is done for it: octets sent, or work worth as many. False: leave it.</summary>
    public bool TryAnswer(long now, double octets) => _answered.TrySpend(now, octets);
}
