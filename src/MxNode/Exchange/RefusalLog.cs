using System.Collections.Concurrent;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Logs why a peer is refused, at most once in a while for each peer and reason, because a refused peer tries again and again.</summary>
internal sealed class RefusalLog(ExchangeLog log, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    // Keys contain no ports, because the port differs from try to try. So an attacker needs as many addresses to fill this table.
    private const int MaxNoted = 1024;

    private readonly ConcurrentDictionary<(string Peer, string Reason), long> _noted = new();

    /// <param name="peer">Its address without a port.</param>
    /// <param name="reason">Reads on from "peer X refused: ".</param>
    public void Note(string peer, string reason)
    {
        var now = time.GetTimestamp();
        if (_noted.TryGetValue((peer, reason), out var last) && time.GetElapsedTime(last, now) < Pause)
        {
            return;
        }

        if (_noted.Count >= MaxNoted)
        {
            _noted.Clear();
        }

        _noted[(peer, reason)] = now;
        log.PeerRefused(peer, reason);
    }
}
