namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Remembers the domains whose mail this node took lately. Senders cache MX records: after a domain has taken the magic MX out of its
/// records, some still come here, and are deferred until their caches are current. Bounded; the domain served longest ago is
/// forgotten first. Thread-safe. Not stored: after a restart the memory is empty.
/// </summary>
internal sealed class ServedDomains(TimeProvider time)
{
    /// <summary>How long a domain is remembered after it was last served: longer than senders cache MX records.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(4);

    private const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Domain, long At)>> _domains = [];
    private readonly LinkedList<(string Domain, long At)> _byTime = [];

    public void Note(string domain)
    {
        lock (_lock)
        {
            if (_domains.Remove(domain, out var known))
            {
                _byTime.Remove(known);
            }

            _domains.Add(domain, _byTime.AddLast((domain, time.GetTimestamp())));
            if (_domains.Count > Capacity)
            {
                _domains.Remove(_byTime.First!.Value.Domain);
                _byTime.RemoveFirst();
            }
        }
    }

    public bool Contains(string domain)
    {
        lock (_lock)
        {
            return _domains.TryGetValue(domain, out var known) && time.GetElapsedTime(known.Value.At) < Life;
        }
    }
}
