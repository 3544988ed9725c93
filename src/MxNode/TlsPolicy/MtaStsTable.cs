using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>
/// The policies that were fetched, until they expire. Thread-safe. Bounded: the policy that was used longest ago is evicted first. A zone with a
/// wildcard has domains without end, so the policies of one registered name have a bound of their own: its owner evicts nobody else's.
/// </summary>
internal sealed class MtaStsTable(TimeProvider time)
{
    /// <summary>The most policies.</summary>
    public const int Capacity = 10_000;

    /// <summary>The most policies of one registered name.</summary>
    public const int PerName = 20;

    /// <summary>How old a policy becomes before it is fetched again, whether its id has changed or not (RFC 8461, section 3.3).</summary>
    public static readonly TimeSpan RefreshAfter = TimeSpan.FromDays(1);

    /// <summary>A policy that was not used for so long is not fetched again: it expires.</summary>
    public static readonly TimeSpan KeptInUse = TimeSpan.FromDays(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = [];
    private readonly Dictionary<string, int> _perName = [];
    private readonly LinkedList<Entry> _byUse = []; // used longest ago first

    /// <summary>Raised by one with each change, so that a store sees whether there is anything new.</summary>
    public long Changes { get; private set; }

    /// <summary>The policy of a domain that is in force, and notes its use; null if there is none.</summary>
    public StoredPolicy? Use(string domain)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (!_entries.TryGetValue(domain, out var node))
            {
                return null;
            }

            if (node.Value.Policy.Expires <= now)
            {
                Remove(node);
                return null;
            }

            node.Value.UsedAt = now;
            _byUse.Remove(node);
            _byUse.AddLast(node);
            return node.Value.Policy;
        }
    }

    /// <summary>Puts a policy in force, in place of the domain's earlier one.</summary>
    public void Put(StoredPolicy policy) => Put(policy, time.GetUtcNow());

    /// <summary>All policies in force, the one used longest ago first.</summary>
    public IReadOnlyList<StoredPolicy> Export()
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            return [.. _byUse.Select(entry => entry.Policy).Where(policy => policy.Expires > now)];
        }
    }

    /// <summary>Takes over stored policies, in their order. A time of fetching in the future counts as now.</summary>
    public void Restore(IEnumerable<StoredPolicy> policies)
    {
        var now = time.GetUtcNow();
        foreach (var policy in policies)
        {
            var known = policy.FetchedAt > now ? policy with { FetchedAt = now } : policy;
            if (known.Expires > now)
            {
                Put(known, now);
            }
        }
    }

    /// <summary>The policies in use that are older than <see cref="RefreshAfter"/>, or than half of their own age: it is time to fetch them again.</summary>
    public IReadOnlyList<StoredPolicy> Due()
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            return [.. _byUse.Where(entry => now - entry.UsedAt <= KeptInUse && now - entry.Policy.FetchedAt >= Least(RefreshAfter, entry.Policy.Policy.MaxAge / 2)).Select(entry => entry.Policy)];
        }
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private void Put(StoredPolicy policy, DateTimeOffset usedAt)
    {
        lock (_lock)
        {
            Changes++;
            if (_entries.TryGetValue(policy.Domain, out var old))
            {
                Remove(old);
                usedAt = old.Value.UsedAt;
            }

            var name = RegisteredName.Of(policy.Domain);
            if (_perName.GetValueOrDefault(name) >= PerName)
            {
                Remove(_entries[_byUse.First(entry => entry.Name == name).Policy.Domain]);
            }
            else if (_entries.Count >= Capacity)
            {
                Remove(_byUse.First!);
            }

            _perName[name] = _perName.GetValueOrDefault(name) + 1;
            _entries.Add(policy.Domain, _byUse.AddLast(new Entry(policy, name) { UsedAt = usedAt }));
        }
    }

    // Needs the lock.
    private void Remove(LinkedListNode<Entry> node)
    {
        _entries.Remove(node.Value.Policy.Domain);
        _byUse.Remove(node);
        if (--_perName[node.Value.Name] == 0)
        {
            _perName.Remove(node.Value.Name);
        }
    }

    private sealed class Entry(StoredPolicy policy, string name)
    {
        public StoredPolicy Policy => policy;

        /// <summary>The registered name of its domain.</summary>
        public string Name => name;

        public DateTimeOffset UsedAt { get; set; }
    }
}
