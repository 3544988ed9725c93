using System.Collections.Frozen;
using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// The live nodes of this network: this node, and the nodes linked with it, which in networks of up to fifty nodes
/// are all nodes. It also remembers nodes that were live before; they may still be up and linked with other nodes only. Readers take no
/// lock; a change replaces the whole state.
/// </summary>
internal sealed class LiveNodes
{
    /// <summary>The most addresses remembered: more than the nodes of any network have.</summary>
    public const int MostRemembered = 10_000;

    // Used only by the one writer.
    private readonly Dictionary<IPAddress, DateTimeOffset> _until = [];
    private volatile Snapshot _now = new([], FrozenSet<IPAddress>.Empty, FrozenDictionary<string, IReadOnlyList<IPAddress>>.Empty);
    private volatile Memory _before = new([], []);

    /// <summary>The addresses of all live nodes that take mail, each once, in no order.</summary>
    public IReadOnlyList<IPAddress> Addresses => _now.Addresses;

    /// <summary>The names in the live nodes' certificates, each with the addresses in the same certificates, perhaps none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> Named => _now.Named;

    /// <summary>Whether a live node has the address. IPv4-mapped IPv6 is IPv4.</summary>
    public bool Contains(IPAddress address) => _now.Set.Contains(address.Unmapped());

    /// <summary>Whether a node that is or was live has the address.</summary>
    public bool Knows(IPAddress address) => Contains(address) || _before.Addresses.Contains(address.Unmapped());

    /// <summary>Whether a node that is or was live has an address in the host block.</summary>
    public bool KnowsIn(IpBlock block) => _before.Blocks.Contains(block) || _now.Addresses.Any(address => IpBlock.Of(address) == block);

    /// <param name="nodes">The live nodes that take mail.</param>
    /// <param name="resolved">Further addresses of their names.</param>
    public void Replace(IReadOnlyCollection<NodeHosts> nodes, params IEnumerable<IPAddress> resolved) => Replace(nodes, [], resolved);

    /// <param name="nodes">The live nodes that take mail.</param>
    /// <param name="others">The live nodes that take no mail; only their names are used.</param>
    /// <param name="resolved">Further addresses of the names of <paramref name="nodes"/>.</param>
    public void Replace(IReadOnlyCollection<NodeHosts> nodes, IReadOnlyCollection<NodeHosts> others, IEnumerable<IPAddress> resolved)
    {
        var set = nodes.SelectMany(node => node.Addresses).Concat(resolved.Select(MappedAddress.Unmapped)).ToFrozenSet();
        var named = nodes.Concat(others)
            .SelectMany(node => node.Names, (node, name) => (name, node.Addresses))
            .GroupBy(pair => pair.name)
            .ToFrozenDictionary(group => group.Key, IReadOnlyList<IPAddress> (group) => [.. group.SelectMany(pair => pair.Addresses).Distinct()]);
        _now = new Snapshot(set.Items, set, named);
    }

    /// <summary>Remembers addresses after their nodes have left. One caller at a time. When the memory is full, new addresses are not remembered.</summary>
    /// <param name="nodes">The addresses, each with the time until which it is remembered.</param>
    /// <param name="now">The time. Addresses whose time is over are forgotten.</param>
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

    private sealed record Memory(HashSet<IPAddress> Addresses, HashSet<IpBlock> Blocks);

    private sealed record Snapshot(IReadOnlyList<IPAddress> Addresses, FrozenSet<IPAddress> Set, FrozenDictionary<string, IReadOnlyList<IPAddress>> Named);
}
