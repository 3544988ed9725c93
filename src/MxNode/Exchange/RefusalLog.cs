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
}
