using System.Collections.Frozen;
using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// The live nodes of this network: this node and the nodes it is linked with, which in a network of up to fifty nodes are all of them.
/// Also remembers nodes that were live before: they may still be up, with links to other nodes only. Readers take no lock: the lists they
/// see are replaced as a whole.
/// </summary>
internal sealed class LiveNodes
{
    /// <summary>Addresses remembered: more than any network has nodes.</summary>
    public const int MostRemembered = 10_000;

    private static readonly TimeSpan FormerLife = TimeSpan.FromDays(1);

    // One writer replaces the linked nodes, another one those of the cluster.
    private readonly Lock _writing = new();
    private Group _linked = Group.Empty;
    private Group _cluster = Group.Empty;

    // Accessed only by the one writer.
    private readonly Dictionary<IPAddress, DateTimeOffset> _until = [];
    private volatile Snapshot _now = new([], [], FrozenSet<IPAddress>.Empty, FrozenDictionary<string, IReadOnlyList<IPAddress>>.Empty);
    private volatile Memory _before = new([], []);
    private readonly Dictionary<IpBlock, DateTimeOffset> _sourcesUntil = [];
    private volatile Memory _sources = new([], []);
    private volatile HashSet<IpBlock> _formerSources = [];
    private volatile HashSet<IPAddress> _clusterSources = [];

    /// <summary>All addresses of the live nodes that take mail, each once, in no order.</summary>
    public IReadOnlyList<IPAddress> Addresses => _now.Addresses;

    /// <summary>Those of them that the magic name has: nodes that destinations refuse for their name have left it.</summary>
    public IReadOnlyList<IPAddress> Listed => _now.Listed;

    /// <summary>The names in the certificates of live nodes, each with the addresses in the same certificates; there may be none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> Named => _now.Named;

    /// <summary>Whether a live node that takes mail has the address. IPv4-mapped IPv6 counts as IPv4.</summary>
    public bool Contains(IPAddress address) => _now.Set.Contains(address.Unmapped());

    /// <summary>Whether a node that is up, or was up before, has the address, or mail of a node that is up may come from it.</summary>
    public bool Knows(IPAddress address) => Contains(address) || _before.Addresses.Contains(address.Unmapped()) || _sources.Addresses.Contains(address.Unmapped()) || _clusterSources.Contains(address.Unmapped());

    /// <summary>Whether such a node has such an address in the host block, or mail of a node came from there within the last day.</summary>
    public bool KnowsIn(IpBlock block) =>
        _before.Blocks.Contains(block) || _sources.Blocks.Contains(block) || _formerSources.Contains(block) || _now.Addresses.Any(address => IpBlock.Of(address) == block);

    /// <summary>
    /// Replaces the further addresses that mail of this node and its neighbours may come from. No mail is taken there, so they are in no DNS
    /// answer. Loopback addresses are left out, because they are not where a node sends mail from. One caller at a time.
    /// </summary>
    /// <param name="addresses">The addresses. One that is missing next time is still in <see cref="KnowsIn"/> for a day: its link may only be broken.</param>
    /// <param name="now">The present.</param>
    public void ReplaceSources(IEnumerable<IPAddress> addresses, DateTimeOffset now)
    {
        HashSet<IPAddress> sources = [.. addresses.Select(MappedAddress.Unmapped).Where(address => !IPAddress.IsLoopback(address))];
        if (!sources.SetEquals(_sources.Addresses))
        {
            _sources = new Memory(sources, [.. sources.Select(IpBlock.Of)]);
        }

        foreach (var block in _sources.Blocks.Where(block => _sourcesUntil.Count < MostRemembered || _sourcesUntil.ContainsKey(block)))
        {
            _sourcesUntil[block] = now + FormerLife;
        }

        foreach (var block in _sourcesUntil.Where(pair => pair.Value <= now).Select(pair => pair.Key).ToArray())
        {
            _sourcesUntil.Remove(block);
        }

        if (!_formerSources.SetEquals(_sourcesUntil.Keys))
        {
            _formerSources = [.. _sourcesUntil.Keys];
        }
    }

    /// <param name="nodes">The live nodes that take mail.</param>
    /// <param name="resolved">Further addresses, found through their names.</param>
    public void Replace(IReadOnlyCollection<SubjectAltNames> nodes, params IEnumerable<IPAddress> resolved) => Replace(nodes, [], resolved, []);

    /// <param name="nodes">The live nodes that take mail.</param>
    /// <param name="others">The live nodes that take no mail: only their names are kept.</param>
    /// <param name="resolved">Further addresses of <paramref name="nodes"/>, found through their names.</param>
    /// <param name="unlisted">Addresses that the magic name does not have.</param>
    public void Replace(IReadOnlyCollection<SubjectAltNames> nodes, IReadOnlyCollection<SubjectAltNames> others, IEnumerable<IPAddress> resolved, IEnumerable<IPAddress> unlisted)
    {
        lock (_writing)
        {
            _linked = Group.Of(nodes, others, resolved, unlisted);
            PublishUnderLock();
        }
    }

    /// <summary>Replaces the nodes of this node's own cluster. A cluster's nodes need not be linked with each other.</summary>
    /// <param name="nodes">The live nodes that take mail.</param>
    /// <param name="sources">The addresses that their mail may come from.</param>
    /// <param name="unlisted">Addresses that the magic name does not have.</param>
    public void ReplaceCluster(IReadOnlyCollection<SubjectAltNames> nodes, IEnumerable<IPAddress> sources, IEnumerable<IPAddress> unlisted)
    {
        lock (_writing)
        {
            _cluster = Group.Of(nodes, [], [], unlisted);
            _clusterSources = [.. sources.Select(MappedAddress.Unmapped).Where(address => !IPAddress.IsLoopback(address))];
            PublishUnderLock();
        }
    }

    /// <summary>Remembers nodes after they have left. One caller at a time. When the memory is full, further nodes are not remembered.</summary>
    /// <param name="nodes">Addresses, each with the end of its time.</param>
    /// <param name="now">The present; addresses whose time has ended are forgotten.</param>
    public void Remember(IEnumerable<(IPAddress Address, DateTimeOffset Until)> nodes, DateTimeOffset now)
    {
        var changed = false;
        foreach (var address in _until.Where(pair => pair.Value <= now).Select(pair => pair.Key).ToArray())
        {
            changed |= _until.Remove(address);
        }

        foreach (var (address, until) in nodes.Where(node => node.Until > now))
        {
            var key = address.Unmapped();
            if (_until.TryGetValue(key, out var before))
            {
                _until[key] = before > until ? before : until;
            }
            else if (_until.Count < MostRemembered)
            {
                _until[key] = until;
                changed = true;
            }
        }

        if (changed)
        {
            _before = new Memory([.. _until.Keys], [.. _until.Keys.Select(IpBlock.Of)]);
        }
    }

    private void PublishUnderLock()
    {
        var set = _linked.Addresses.Concat(_cluster.Addresses).ToFrozenSet();
        var named = _linked.Hosts.Concat(_cluster.Hosts)
            .SelectMany(node => node.Names, (node, name) => (name, node.Addresses))
            .GroupBy(pair => pair.name)
            .ToFrozenDictionary(group => group.Key, IReadOnlyList<IPAddress> (group) => [.. group.SelectMany(pair => pair.Addresses).Distinct()]);
        _now = new Snapshot(set.Items, [.. set.Except(_linked.Unlisted.Concat(_cluster.Unlisted))], set, named);
    }

    private sealed record Group(IReadOnlyList<IPAddress> Addresses, IReadOnlyList<SubjectAltNames> Hosts, IReadOnlyList<IPAddress> Unlisted)
    {
        public static readonly Group Empty = new([], [], []);

        public static Group Of(IReadOnlyCollection<SubjectAltNames> nodes, IEnumerable<SubjectAltNames> others, IEnumerable<IPAddress> resolved, IEnumerable<IPAddress> unlisted) => new(
            [.. nodes.SelectMany(node => node.Addresses).Concat(resolved.Select(MappedAddress.Unmapped))],
            [.. nodes, .. others],
            [.. unlisted.Select(MappedAddress.Unmapped)]);
    }

    private sealed record Memory(HashSet<IPAddress> Addresses, HashSet<IpBlock> Blocks);

    private sealed record Snapshot(IReadOnlyList<IPAddress> Addresses, IReadOnlyList<IPAddress> Listed, FrozenSet<IPAddress> Set, FrozenDictionary<string, IReadOnlyList<IPAddress>> Named);
}
