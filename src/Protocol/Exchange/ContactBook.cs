using System.Runtime.InteropServices;
using ThrottleNet.Protocol.Counts;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Addresses of nodes, linked or not: HyParView's passive view. Bounded; configured ones always stay.</summary>
internal sealed class ContactBook(ExchangeContext context)
{
    private const int FirstRetry = 1000;
    private const int LastRetry = 60_000;

    // After so many failures a contact is nobody's business any more: not passed on, not counted.
    private const int MaxFailures = 5;
    private const int PostponeFor = 10_000;

    private readonly Dictionary<string, Entry> _entries = [];

    /// <summary>Nodes that were linked with this one, and may well still be there. What others merely told of is not counted: they may have made it up.</summary>
    public int Alive => _entries.Values
        .Where(e => e.IsProven && e.Failures < MaxFailures && e.Origin != context.Self.Origin).Select(e => e.Origin).Distinct().Count();

    public void Know(IEnumerable<string> seeds)
    {
        foreach (var entry in _entries.Values)
            entry.IsSeed = false;
        foreach (var seed in seeds.Where(s => s != context.Settings.Address))
            EntryOf(seed).IsSeed = true;
    }

    public void Learn(Contact contact)
    {
        if (contact.Origin == context.Self.Origin || contact.Address == context.Settings.Address)
            return;
        if (!_entries.ContainsKey(contact.Address) && !MakeRoom(forNeighbour: false))
            return;
        var entry = EntryOf(contact.Address);
        if (entry.Origin == default)
            entry.Origin = contact.Origin;
    }

    /// <summary>This address led to that node; whether it wants to talk is another matter.</summary>
    public void Connected(string address, OriginId origin)
    {
        if (_entries.TryGetValue(address, out var entry))
            (entry.Origin, entry.ConnectingSince) = (origin, null);
    }

    /// <summary>That node is a neighbour now, and gave this address as its own.</summary>
    public void Linked(string address, OriginId origin)
    {
        if (address.Length > 0 && (_entries.ContainsKey(address) || MakeRoom(forNeighbour: true)))
            EntryOf(address).Origin = origin;
        foreach (var (name, entry) in _entries)
        {
            if (entry.Origin == origin)
                (entry.Failures, entry.NextTry, entry.IsProven) = (0, 0, name == address); // one address each, whatever it calls itself
        }
    }

    public void Failed(string address)
    {
        if (!_entries.TryGetValue(address, out var entry))
            return;
        var wait = Math.Min(LastRetry, FirstRetry << Math.Min(entry.Failures, 10));
        entry.Failures++;
        entry.ConnectingSince = null;
        entry.NextTry = context.Now + (wait / 2) + context.Random.Next(wait);
    }

    public void Postpone(string address)
    {
        if (_entries.TryGetValue(address, out var entry))
            entry.NextTry = context.Now + PostponeFor + context.Random.Next(PostponeFor);
    }

    /// <summary>How many connects are under way; those that take longer than <paramref name="patience"/> milliseconds count as failed.</summary>
    public int Connecting(int patience)
    {
        var connecting = 0;
        foreach (var (address, entry) in _entries)
        {
            if (entry.ConnectingSince is not { } since)
                continue;
            if (context.Now - since > patience)
                Failed(address);
            else
                connecting++;
        }

        return connecting;
    }

    /// <summary>Up to so many contacts to connect to, at random.</summary>
    public List<string> Choose(int count)
    {
        var chosen = new List<string>();
        if (count <= 0)
            return chosen;
        var candidates = _entries.Where(pair => IsCandidate(pair.Key, pair.Value)).Select(pair => pair.Key).ToArray();
        context.Random.Shuffle(candidates);
        foreach (var address in candidates.Take(count))
        {
            _entries[address].ConnectingSince = context.Now;
            chosen.Add(address);
        }

        return chosen;
    }

    /// <summary>Contacts to tell others of: those that were linked with this node, so that nobody's inventions travel.</summary>
    public List<Contact> Sample(int count)
    {
        var alive = _entries.Where(pair => pair.Value.Failures == 0 && pair.Value.IsProven)
            .Select(pair => new Contact(pair.Key, pair.Value.Origin)).ToList();
        context.Random.Shuffle(CollectionsMarshal.AsSpan(alive));
        return alive.Count > count ? alive[..count] : alive;
    }

    private bool IsCandidate(string address, Entry entry) =>
        entry.ConnectingSince is null && context.Now >= entry.NextTry
        && (entry.Failures < MaxFailures || entry.IsSeed) && entry.Origin != context.Self.Origin
        && !context.Links.All.Any(l => (entry.Origin != default && l.Member.Origin == entry.Origin) || l.Address == address);

    private Entry EntryOf(string address)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, address, out _);
        return entry ??= new Entry();
    }

    // One out at random, the dead ones first, then those that somebody only told of; the rest gives way to neighbours only.
    private bool MakeRoom(bool forNeighbour)
    {
        if (_entries.Count < context.Settings.Contacts)
            return true;
        var removable = _entries.Where(pair => !pair.Value.IsSeed).ToList();
        var from = removable.FindAll(pair => pair.Value.Failures >= MaxFailures);
        if (from.Count == 0)
            from = removable.FindAll(pair => !pair.Value.IsProven);
        if (from.Count == 0 && forNeighbour)
            from = removable;
        return from.Count > 0 && _entries.Remove(from[context.Random.Next(from.Count)].Key);
    }

    private sealed class Entry
    {
        public OriginId Origin { get; set; }

        public bool IsSeed { get; set; }

        /// <summary>This node was linked with it, hellos and all.</summary>
        public bool IsProven { get; set; }

        public int Failures { get; set; }

        public long NextTry { get; set; }

        public long? ConnectingSince { get; set; }
    }
}
