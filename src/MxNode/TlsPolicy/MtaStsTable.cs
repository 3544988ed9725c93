using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>
/// The policies that were fetched, until they expire. Thread-safe. Bounded by places: a policy has one for each <see cref="PlaceLength"/> characters of its
/// patterns. The policy that was used longest ago is evicted first. A zone with a wildcard has domains without end, so the policies of one registered name,
/// and of one parent, have bounds of their own. The node estimates the registered name: below it, others may have registered theirs. So where its places
/// are used up, only policies below the new one's parent give way to it, or policies that no mail has used lately.
/// </summary>
internal sealed class MtaStsTable(TimeProvider time)
{
    /// <summary>The most places.</summary>
    public const int Capacity = 10_000;

    /// <summary>The most places of one registered name.</summary>
    public const int PerName = 100;

    /// <summary>The most places below one parent: the last three labels of a domain.</summary>
    public const int PerParent = 20;

    /// <summary>The characters of patterns in a place.</summary>
    public const int PlaceLength = 512;

    /// <summary>How old a policy becomes before it is fetched again, whether its id has changed or not (RFC 8461, section 3.3).</summary>
    public static readonly TimeSpan RefreshAfter = TimeSpan.FromDays(1);

    /// <summary>A policy that was not used for this time is not fetched again, and expires.</summary>
    public static readonly TimeSpan KeptInUse = TimeSpan.FromDays(30);

    /// <summary>How long after the first of several failures a policy is not <see cref="Due"/>. Each further failure doubles it, up to 64 times.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(5);

    // After this number of failures the pause is at its longest.
    private const int MaxFailures = 7;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = [];
    private readonly Dictionary<string, int> _places = []; // used, by registered name and by parent
    private readonly LinkedList<Entry> _byUse = []; // used longest ago first
    private int _placesUsed;

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

    /// <summary>The policy of a domain that is in force; null if there is none. The call does not count as use.</summary>
    public StoredPolicy? Peek(string domain)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            return _entries.TryGetValue(domain, out var node) && node.Value.Policy.Expires > now ? node.Value.Policy : null;
        }
    }

    /// <summary>An attempt to fetch a domain's policy again has failed.</summary>
    public void NoteFailure(string domain)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (_entries.TryGetValue(domain, out var node))
            {
                node.Value.Failures = Math.Min(node.Value.Failures + 1, MaxFailures);
                node.Value.FailedAt = now;
            }
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

    /// <summary>
    /// The policies in use that are older than <see cref="RefreshAfter"/>, or than half of their own age: it is time to fetch them again. After failures the
    /// pause of <see cref="FirstPause"/> comes first.
    /// </summary>
    public IReadOnlyList<StoredPolicy> Due()
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            return [.. _byUse.Where(entry => entry.IsUsed(now) && entry.IsOld(now)).Select(entry => entry.Policy)];
        }
    }

    private void Put(StoredPolicy policy, DateTimeOffset usedAt)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            Changes++;
            if (_entries.TryGetValue(policy.Domain, out var node))
            {
                // A refresh does not count as use: the policy keeps its place in the order.
                Count(node.Value, -1);
                node.Value = new Entry(policy, node.Value.UsedAt);
            }
            else
            {
                _entries.Add(policy.Domain, node = _byUse.AddLast(new Entry(policy, usedAt)));
            }

            Count(node.Value, 1);
            MakeRoom(node, now);
        }
    }

    // Needs the lock.
    private void MakeRoom(LinkedListNode<Entry> kept, DateTimeOffset now)
    {
        var entry = kept.Value;
        while (_places[entry.Parent] > PerParent && Find(other => other.Parent == entry.Parent) is { } sibling)
        {
            Remove(sibling);
        }

        while (_places[entry.Name] > PerName)
        {
            if ((Find(other => other.Parent == entry.Parent) ?? Find(other => other.Name == entry.Name && !(other.IsUsed(now) && other.Policy.Expires > now))) is not { } other)
            {
                Remove(kept);
                return;
            }

            Remove(other);
        }

        while (_placesUsed > Capacity && Find(_ => true) is { } oldest)
        {
            Remove(oldest);
        }

        LinkedListNode<Entry>? Find(Predicate<Entry> suits)
        {
            for (var node = _byUse.First; node is not null; node = node.Next)
            {
                if (node != kept && suits(node.Value))
                {
                    return node;
                }
            }

            return null;
        }
    }

    // Needs the lock.
    private void Remove(LinkedListNode<Entry> node)
    {
        _entries.Remove(node.Value.Policy.Domain);
        _byUse.Remove(node);
        Count(node.Value, -1);
    }

    // Needs the lock. A registered name of three labels is its own parent, and its places are counted as those of the parent.
    private void Count(Entry entry, int sign)
    {
        _placesUsed += sign * entry.Places;
        foreach (var key in entry.Name == entry.Parent ? [entry.Name] : new[] { entry.Name, entry.Parent })
        {
            var places = _places.GetValueOrDefault(key) + (sign * entry.Places);
            if (places == 0)
            {
                _places.Remove(key);
            }
            else
            {
                _places[key] = places;
            }
        }
    }

    private sealed class Entry(StoredPolicy policy, DateTimeOffset usedAt)
    {
        public StoredPolicy Policy => policy;

        /// <summary>The registered name of its domain.</summary>
        public string Name { get; } = RegisteredName.Of(policy.Domain);

        /// <summary>The last labels of its domain.</summary>
        public string Parent { get; } = string.Join('.', policy.Domain.Split('.').TakeLast(3));

        /// <summary>How many it has.</summary>
        public int Places { get; } = 1 + (policy.Policy.Patterns.Sum(pattern => pattern.Length) / PlaceLength);

        public DateTimeOffset UsedAt { get; set; } = usedAt;

        /// <summary>How many attempts to fetch it again have failed since it was fetched.</summary>
        public int Failures { get; set; }

        public DateTimeOffset FailedAt { get; set; }

        public bool IsUsed(DateTimeOffset now) => now - UsedAt <= KeptInUse;

        public bool IsOld(DateTimeOffset now)
        {
            var half = policy.Policy.MaxAge / 2;
            return now - policy.FetchedAt >= (half < RefreshAfter ? half : RefreshAfter)
                && (Failures == 0 || (now - FailedAt).Duration() >= FirstPause * (1 << (Failures - 1)));
        }
    }
}
