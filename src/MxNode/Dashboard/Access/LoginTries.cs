using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Dashboard.Access;

/// <summary>
/// Bounds the wrong tokens that a host may try: <see cref="Most"/> a minute. It remembers a bounded number of hosts; the one that began longest ago gives
/// way. Thread-safe.
/// </summary>
internal sealed class LoginTries(TimeProvider time)
{
    /// <summary>Wrong tokens of a host within <see cref="Span"/>.</summary>
    public const int Most = 5;

    private const int MaxHosts = 1000;

    /// <summary>The time after which a host's wrong tokens are forgotten.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromMinutes(1);

    private readonly Dictionary<IpBlock, (long Since, int Wrong)> _hosts = [];
    private readonly Lock _lock = new();

    /// <summary>Whether a host may try now.</summary>
    public bool MayTry(IPAddress address)
    {
        lock (_lock)
        {
            return !_hosts.TryGetValue(IpBlock.Of(address), out var tries) || IsOver(tries.Since) || tries.Wrong < Most;
        }
    }

    public void NoteWrong(IPAddress address)
    {
        var host = IpBlock.Of(address);
        lock (_lock)
        {
            if (_hosts.TryGetValue(host, out var tries) && !IsOver(tries.Since))
            {
                _hosts[host] = tries with { Wrong = tries.Wrong + 1 };
                return;
            }

            if (_hosts.Count >= MaxHosts)
            {
                _hosts.Remove(_hosts.MinBy(pair => pair.Value.Since).Key);
            }

            _hosts[host] = (time.GetTimestamp(), 1);
        }
    }

    private bool IsOver(long since) => time.GetElapsedTime(since) >= Span;
}
