using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Logs why a peer is refused, at most once a minute for each peer and reason: a refused peer repeats its attempts.</summary>
internal sealed class RefusalLog(ExchangeLog log, TimeProvider time)
{
    private readonly LogLimiter<(string Peer, string Reason)> _limiter = new(TimeSpan.FromMinutes(1), time);

    /// <param name="peer">Its name, or its address without a port: ports differ from attempt to attempt.</param>
    /// <param name="reason">Reads on from "peer X refused: ".</param>
    public void Note(string peer, string reason)
    {
        if (_limiter.Count((peer, reason)) is not null)
        {
            log.PeerRefused(peer, reason);
        }
    }

    /// <summary>Logs that a peer's clock differs from this node's by more than is corrected.</summary>
    /// <param name="difference">By how much, and "ahead of" or "behind"; it changes, so it does not tell two reasons apart.</param>
    public void NoteClock(string peer, string difference)
    {
        if (_limiter.Count((peer, nameof(log.ClockDiffers))) is not null)
        {
            log.ClockDiffers(peer, difference);
        }
    }
}
