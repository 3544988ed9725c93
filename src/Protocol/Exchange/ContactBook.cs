using System.Runtime.InteropServices;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// Addresses of nodes, linked or not: HyParView's passive view. Bounded; configured addresses always stay. Only a call shows which node
/// an address leads to. What nodes report of addresses, their own included, is a hint: otherwise a hostile node could claim another
/// node's address and so keep this node from calling there.
/// </summary>
internal sealed class ContactBook(ExchangeContext context)
{
    private const int FirstRetry = 1000;
    private const int LastRetry = 60_000;

    // After so many failures a contact is neither passed on nor counted, unless a neighbour names it again.
    private const int MaxFailures = 5;
    private const int PostponeFor = 10_000;

    private readonly Dictionary<string, Entry> _entries = [];

    /// <summary>Nodes that were linked with this one and have not failed since. Nodes that were only reported are not counted: they may be invented.</summary>
    public int Alive => _entries.Values
        .Where(e => e.WasLinked && e.Failures < MaxFailures && e.Origin != context.Self.Origin).Select(e => e.Origin).Distinct().Count();

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
        Hint(contact.Address, contact.Origin);
        if (_entries[contact.Address] is { Failures: >= MaxFailures } given && context.Now >= given.NextTry + LastRetry)
            given.Failures = MaxFailures - 1; // a neighbour reports it: one more try, a minute after the last
    }

    /// <summary>A connection to this address reached that node.</summary>
    public void Connected(string address, OriginId origin)
    {
        if (!_entries.TryGetValue(address, out var entry))
            return;
        entry.WasLinked &= entry.Origin == origin;
        (entry.Origin, entry.IsVerified, entry.ConnectingSince) = (origin, true, null);
    }

    /// <summary>That node is a neighbour now, and gave this address as its own.</summary>
    public void Linked(string address, OriginId origin)
    {
        if (address.Length > 0 && (_entries.ContainsKey(address) || MakeRoom(forNeighbour: true)))
            Hint(address, origin);
        foreach (var (name, entry) in _entries)
        {
            if (entry.Origin == origin)
                entry.WasLinked = name == address; // one address a node
            if (entry.LeadsTo == origin)
                (entry.Failures, entry.NextTry) = (0, 0);
        }
    }

    public void Failed(string address)
    {
        if (_entries.TryGetValue(address, out var entry))
            Failed(entry);
    }

    /// <summary>The link with that node failed.</summary>
    public void Failed(OriginId origin)
    {
        foreach (var entry in LeadingTo(origin))
            Failed(entry);
    }

    public void Postpone(OriginId origin)
    {
        foreach (var entry in LeadingTo(origin))
            entry.NextTry = context.Now + PostponeFor + context.Random.Next(PostponeFor);
    }

    /// <summary>Connection attempts under way; attempts that take longer than <paramref name="patience"/> milliseconds count as failed.</summary>
    public int Connecting(int patience)
    {
        var connecting = 0;
        foreach (var entry in _entries.Values)
        {
            if (entry.ConnectingSince is not { } since)
                continue;
            if (context.Now - since > patience)
                Failed(entry);
            else
                connecting++;
        }

        return connecting;
    }

    /// <summary>Contacts to connect to, at random, at most as many as given.</summary>
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

    /// <summary>Contacts to pass on: only nodes that were linked with this one, so that invented addresses do not spread.</summary>
    public List<Contact> Sample(int count)
    {
        var alive = _entries.Where(pair => pair.Value.Failures == 0 && pair.Value.WasLinked)
            .Select(pair => new Contact(pair.Key, pair.Value.Origin)).ToList();
        context.Random.Shuffle(CollectionsMarshal.AsSpan(alive));
        return alive.Count > count ? alive[..count] : alive;
    }

    private bool IsCandidate(string address, Entry entry) =>
        entry.ConnectingSince is null && context.Now >= entry.NextTry
        && (entry.Failures < MaxFailures || entry.IsSeed) && entry.Origin != context.Self.Origin
        && !context.Links.All.Any(l => l.Member.Origin == entry.LeadsTo || l.Address == address);

    // A report never replaces what a call has shown. A second report that differs makes the entry contested and clears its failures,
    // which an invented first report may have caused; only once, so that it costs one call.
    private void Hint(string address, OriginId origin)
    {
        var entry = EntryOf(address);
        if (entry.IsVerified)
            return;
        if (entry.Origin == default)
            entry.Origin = origin;
        else if (entry.Origin != origin && !entry.IsContested)
            (entry.IsContested, entry.Failures, entry.NextTry) = (true, 0, 0);
    }

    private void Failed(Entry entry)
    {
        var wait = Math.Min(LastRetry, FirstRetry << Math.Min(entry.Failures, 10));
        entry.Failures++;
        entry.ConnectingSince = null;
        entry.NextTry = context.Now + (wait / 2) + context.Random.Next(wait);
    }

    private IEnumerable<Entry> LeadingTo(OriginId origin) => _entries.Values.Where(e => e.LeadsTo == origin);

    private Entry EntryOf(string address)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, address, out _);
        return entry ??= new Entry();
    }

    // Removes one contact at random: first a dead one, then one that was only reported. Other contacts are removed only for a neighbour.
    private bool MakeRoom(bool forNeighbour)
    {
        if (_entries.Count < context.Settings.Contacts)
            return true;
        var removable = _entries.Where(pair => !pair.Value.IsSeed).ToList();
        var from = removable.FindAll(pair => pair.Value.Failures >= MaxFailures);
        if (from.Count == 0)
            from = removable.FindAll(pair => !pair.Value.WasLinked);
        if (from.Count == 0 && forNeighbour)
            from = removable;
        return from.Count > 0 && _entries.Remove(from[context.Random.Next(from.Count)].Key);
    }

    private sealed class Entry
    {
        /// <summary>The node at this address, found by a call or named in a report.</summary>
        public OriginId Origin { get; set; }

        /// <summary>This node called there, and that origin answered.</summary>
        public bool IsVerified { get; set; }

        /// <summary>Reports name different origins for this address.</summary>
        public bool IsContested { get; set; }

        /// <summary>The origin whose link makes a call unnecessary; none while only a call can show the origin.</summary>
        public OriginId LeadsTo => IsVerified || !(IsSeed || IsContested) ? Origin : default;

        public bool IsSeed { get; set; }

        /// <summary>This node was linked with it, and both said hello.</summary>
        public bool WasLinked { get; set; }

        public int Failures { get; set; }

        public long NextTry { get; set; }

        public long? ConnectingSince { get; set; }
    }
}
