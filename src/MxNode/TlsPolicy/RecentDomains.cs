using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>
/// Remembers the domains that something happened to lately. Thread-safe. Bounded: the domain noted longest ago is forgotten first. A zone's owner has
/// domains without end, so those of one registered name have a bound of their own.
/// </summary>
/// <param name="life">How long a domain is remembered.</param>
/// <param name="time">Measures it.</param>
internal sealed class RecentDomains(TimeSpan life, TimeProvider time)
{
    /// <summary>The most domains: about 5 MB.</summary>
    public const int Capacity = 20_000;

    /// <summary>The most domains of one registered name.</summary>
    public const int PerName = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _domains = [];
    private readonly Dictionary<string, LinkedList<Entry>> _names = [];
    private readonly LinkedList<Entry> _byTime = []; // noted longest ago first

    public bool Contains(string domain)
    {
        lock (_lock)
        {
            return _domains.TryGetValue(domain, out var node) && time.GetElapsedTime(node.Value.At) < life;
        }
    }

    public void Note(string domain)
    {
        lock (_lock)
        {
            if (_domains.TryGetValue(domain, out var old))
            {
                Forget(old);
            }

            var entry = new Entry(domain, RegisteredName.Of(domain), time.GetTimestamp());
            if (!_names.TryGetValue(entry.Name, out var siblings))
            {
                _names.Add(entry.Name, siblings = []);
            }

            _domains.Add(domain, _byTime.AddLast(entry));
            entry.Place = siblings.AddLast(entry);
            if (siblings.Count > PerName)
            {
                Forget(_domains[siblings.First!.Value.Domain]);
            }

            while (_domains.Count > Capacity || time.GetElapsedTime(_byTime.First!.Value.At) >= life)
            {
                Forget(_byTime.First!);
            }
        }
    }

    public void Forget(string domain)
    {
        lock (_lock)
        {
            if (_domains.TryGetValue(domain, out var node))
            {
                Forget(node);
            }
        }
    }

    // Needs the lock.
    private void Forget(LinkedListNode<Entry> node)
    {
        _domains.Remove(node.Value.Domain);
        _byTime.Remove(node);
        var siblings = _names[node.Value.Name];
        siblings.Remove(node.Value.Place!);
        if (siblings.Count == 0)
        {
            _names.Remove(node.Value.Name);
        }
    }

    private sealed class Entry(string domain, string name, long at)
    {
        public string Domain => domain;

        /// <summary>Its registered name.</summary>
        public string Name => name;

        public long At => at;

        /// <summary>Its place among the domains of that name.</summary>
        public LinkedListNode<Entry>? Place { get; set; }
    }
}
