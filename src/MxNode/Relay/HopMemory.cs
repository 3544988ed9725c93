using System.Collections.Concurrent;
using System.Net;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Remembers for some minutes what a next hop failed at, so that not every message waits for the same failure. Thread-safe, bounded.</summary>
internal sealed class HopMemory(TimeProvider clock)
{
    /// <summary>How long a failure is remembered.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private const int MaxHops = 4096;

    private readonly ConcurrentDictionary<(IPEndPoint Hop, Failing What), long> _failures = new();

    private enum Failing
    {
        Greeting,
        Tls,
        Chunking,
    }

    /// <summary>It did not answer, or did not greet, in time: other hosts are tried before it.</summary>
    public bool IsSilent(IPEndPoint hop) => Remembers((hop, Failing.Greeting));

    public void NoteSilent(IPEndPoint hop) => Note((hop, Failing.Greeting));

    public void NoteGreeting(IPEndPoint hop) => _failures.TryRemove((hop, Failing.Greeting), out _);

    /// <summary>It offers STARTTLS and fails at it: its sessions go without TLS.</summary>
    public bool FailsAtTls(IPEndPoint hop) => Remembers((hop, Failing.Tls));

    public void NoteTlsFailure(IPEndPoint hop) => Note((hop, Failing.Tls));

    /// <summary>It offers CHUNKING and does not know BDAT: texts go to it by DATA.</summary>
    public bool FailsAtChunking(IPEndPoint hop) => Remembers((hop, Failing.Chunking));

    public void NoteChunkingFailure(IPEndPoint hop) => Note((hop, Failing.Chunking));

    /// <summary>What next hops failed at lately, in words.</summary>
    public IReadOnlyList<(IPEndPoint Hop, string Fault)> Report() =>
    [
        .. _failures.Where(pair => clock.GetElapsedTime(pair.Value) < Life).Select(pair => (pair.Key.Hop, pair.Key.What switch
        {
            Failing.Greeting => "did not answer in time",
            Failing.Tls => "fails at STARTTLS",
            _ => "fails at BDAT",
        })),
    ];

    private bool Remembers((IPEndPoint Hop, Failing What) key) =>
        _failures.TryGetValue(key, out var since) && clock.GetElapsedTime(since) < Life;

    private void Note((IPEndPoint Hop, Failing What) key)
    {
        if (_failures.Count >= MaxHops)
        {
            foreach (var (old, since) in _failures)
            {
                if (clock.GetElapsedTime(since) >= Life)
                {
                    _failures.TryRemove(old, out _);
                }
            }
        }

        if (_failures.Count < MaxHops)
        {
            _failures[key] = clock.GetTimestamp();
        }
    }
}
