using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Remembers the domains whose mail this node took lately. Senders cache MX records: after a domain has taken the magic MX out of its
/// records, some still come here, and are deferred until their caches are current. Thread-safe. Bounded: the domain served longest ago is
/// forgotten first. A zone with a wildcard has names without end, so the domains of one registered name have a bound of their own.
/// </summary>
internal sealed class ServedDomains(TimeProvider time)
{
    /// <summary>How long a domain is remembered after it was last served: longer than senders cache MX records.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(4);

    /// <summary>The most domains: about 10 MB.</summary>
    public const int Capacity = 50_000;

    /// <summary>The most domains of one registered name.</summary>
    public const int PerName = 500;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Served>> _domains = [];
    private readonly Dictionary<string, LinkedList<Served>> _names = [];
    private readonly LinkedList<Served> _byTime = [];

    /// <summary>Raised by one with each change, so that a store sees whether there is anything new.</summary>
    public long Changes { get; private set; }

    public void Note(string domain) => Note(domain, time.GetUtcNow());

    public bool Contains(string domain)
    {
        lock (_lock)
        {
            return _domains.TryGetValue(domain, out var known) && time.GetUtcNow() - known.Value.At < Life;
        }
    }

    /// <summary>The domains and when they were served, the one served longest ago first.</summary>
    public IReadOnlyList<(string Domain, DateTimeOffset At)> Export()
    {
        lock (_lock)
        {
            return [.. _byTime.Select(served => (served.Domain, served.At))];
        }
    }

    /// <summary>Takes over stored domains, in their order. Times in the future count as now.</summary>
    public void Restore(IEnumerable<(string Domain, DateTimeOffset At)> domains)
    {
        var now = time.GetUtcNow();
        foreach (var (domain, at) in domains)
        {
            if (now - at < Life)
            {
                Note(domain, at > now ? now : at);
            }
        }
    }

    private void Note(string domain, DateTimeOffset at)
    {
        lock (_lock)
        {
            Changes++;
            if (_domains.TryGetValue(domain, out var known))
            {
                Forget(known.Value);
            }

            var served = new Served(domain, RegisteredName.Of(domain), at);
            if (!_names.TryGetValue(served.Name, out var siblings))
            {
                _names.Add(served.Name, siblings = []);
            }

            _domains.Add(domain, _byTime.AddLast(served));
            served.Place = siblings.AddLast(served);
            if (siblings.Count > PerName)
            {
                Forget(siblings.First!.Value);
            }
            else if (_domains.Count > Capacity)
            {
                Forget(_byTime.First!.Value);
            }
        }
    }

    // Needs the lock.
    private void Forget(Served served)
    {
        if (_domains.Remove(served.Domain, out var node))
        {
            _byTime.Remove(node);
        }

        var siblings = _names[served.Name];
        siblings.Remove(served.Place!);
        if (siblings.Count == 0)
        {
            _names.Remove(served.Name);
        }
    }

    private sealed class Served(string domain, string name, DateTimeOffset at)
    {
        public string Domain => domain;

        /// <summary>The registered name that it is, or lies under.</summary>
        public string Name => name;

        public DateTimeOffset At => at;

        /// <summary>Its place among the domains of that name.</summary>
        public LinkedListNode<Served>? Place { get; set; }
    }
}
