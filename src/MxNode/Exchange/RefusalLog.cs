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
        if (IsDue(peer, reason))
        {
            log.PeerRefused(peer, reason);
        }
    }

    /// <summary>Logs that a peer's clock differs from this node's by more than is corrected.</summary>
    /// <param name="difference">By how much, and "ahead of" or "behind"; it changes, so it does not tell two reasons apart.</param>
    public void NoteClock(string peer, string difference)
    {
        if (IsDue(peer, nameof(log.ClockDiffers)))
        {
            log.ClockDiffers(peer, difference);
        }
    }

    private bool IsDue(string peer, string reason)
    {
        var now = time.GetTimestamp();
        if (_noted.TryGetValue((peer, reason), out var last) && time.GetElapsedTime(last, now) < Pause)
        {
            return false;
        }

        if (_noted.Count >= MaxNoted)
        {
            _noted.Clear();
        }

        _noted[(peer, reason)] = now;
        return true;
    }
}
