using System.Collections.Concurrent;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Logs why a peer is refused, at most once a minute for each peer and reason: a refused peer repeats its attempts.</summary>
internal sealed class RefusalLog(ExchangeLog log, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    // The most entries; after that all are forgotten. Ports are left out, because they differ from attempt to attempt.
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
