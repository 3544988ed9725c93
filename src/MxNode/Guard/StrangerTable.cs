using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Unknown hosts that came to protected destinations directly, as guards reported them to this node. A mail server whose connection to the
/// relays failed goes to several destinations at once, and comes back to the relays within the hour; it counts as seen meanwhile. A host that is
/// reported for longer, and never came to a relay, is unknown again. Thread-safe, bounded.
/// </summary>
internal sealed class StrangerTable(TimeProvider time, int capacity = StrangerTable.Capacity)
{
    /// <summary>Hosts: about 10 MB. When it is full, the host reported longest ago is forgotten.</summary>
    public const int Capacity = 50_000;

    /// <summary>For how many intervals a host that only guards saw counts as seen.</summary>
    public const int Intervals = 3;

    // Guards told apart for one host.
    private const int MostGuards = 4;

    /// <summary>All reports within this time are one, as at a guard (Guard:CourtesyInterval).</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(20);

    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IpBlock, Entry> _hosts = [];
    private readonly LinkedList<IpBlock> _order = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _hosts.Count;
            }
        }
    }

    /// <summary>Notes that a guard met an unknown host.</summary>
    /// <param name="host">The host's block.</param>
    /// <param name="guard">The guard.</param>
    public void Note(IpBlock host, string guard)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (!_hosts.TryGetValue(host, out var entry) || time.GetElapsedTime(entry.Last, now) > Life)
            {
                Remove(host);
                if (_hosts.Count >= capacity)
                {
                    Remove(_order.First!.Value);
                }

                _hosts[host] = entry = new Entry { Began = now, Place = _order.AddLast(host) };
            }

            if (time.GetElapsedTime(entry.Began, now) >= Interval)
            {
                entry.Intervals++;
                entry.Began = now;
            }

            entry.Last = now;
            if (entry.Guards.Count < MostGuards && !entry.Guards.Contains(guard))
            {
                entry.Guards.Add(guard);
            }

            _order.Remove(entry.Place);
            _order.AddLast(entry.Place);
        }
    }

    /// <summary>Whether the host counts as seen, because a guard other than the one that asks has reported it lately.</summary>
    /// <param name="host">The host's block.</param>
    /// <param name="asker">The guard that asks: its own reports are no news to it. Null: another client.</param>
    public bool IsSeen(IpBlock host, string? asker)
    {
        lock (_lock)
        {
            return _hosts.TryGetValue(host, out var entry)
                && time.GetElapsedTime(entry.Last) <= Life
                && entry.Intervals <= Intervals
                && entry.Guards.Exists(guard => guard != asker);
        }
    }

    // Needs the lock.
    private void Remove(IpBlock host)
    {
        if (_hosts.Remove(host, out var entry))
        {
            _order.Remove(entry.Place);
        }
    }

    private sealed class Entry
    {
        public List<string> Guards { get; } = new(1);

        public int Intervals { get; set; } = 1;

        public long Began { get; set; }

        public long Last { get; set; }

        public required LinkedListNode<IpBlock> Place { get; init; }
    }
}
