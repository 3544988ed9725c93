using System.Collections.Frozen;
using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// The nodes of this network that are up, this one included: those it has a link with, which in networks of up to fifty nodes
/// is all of them. Beside them, those that were up before, which may be up still and have links with others only. Readers take no
/// lock; what they see is replaced whole.
/// </summary>
internal sealed class LiveNodes
{
    /// <summary>Addresses that are remembered: of more nodes than any network has.</summary>
    public const int MostRemembered = 10_000;

    // Of the one writer.
    private readonly Dictionary<IPAddress, DateTimeOffset> _until = [];
    private volatile Snapshot _now = new([], FrozenSet<IPAddress>.Empty, FrozenDictionary<string, IReadOnlyList<IPAddress>>.Empty);
    private volatile Memory _before = new([], []);
    private volatile Memory _sources = new([], []);

    /// <summary>All addresses of those that take mail, each once, in no order.</summary>
    public IReadOnlyList<IPAddress> Addresses => _now.Addresses;

    /// <summary>The names in their certificates, each with the addresses in the same certificates: perhaps none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> Named => _now.Named;

    /// <summary>Whether one of them has the address; IPv4-mapped IPv6 is IPv4.</summary>
    public bool Contains(IPAddress address) => _now.Set.Contains(address.Unmapped());

    /// <summary>Whether a node that is up, or was up before, has the address, or mail of a node that is up may come from it.</summary>
    public bool Knows(IPAddress address) => Contains(address) || _before.Addresses.Contains(address.Unmapped()) || _sources.Addresses.Contains(address.Unmapped());

    /// <summary>Whether such a node has such an address in the host block.</summary>
    public bool KnowsIn(IpBlock block) =>
        _before.Blocks.Contains(block) || _sources.Blocks.Contains(block) || _now.Addresses.Any(address => IpBlock.Of(address) == block);

    /// <summary>
    /// Replaces the further addresses that neighbours' mail may come from. The neighbours take no mail there, so they are in no DNS
    /// answer. Loopback addresses are left out, because they are not where a node sends mail from.
    /// </summary>
    public void ReplaceSources(IEnumerable<IPAddress> addresses)
    {
        HashSet<IPAddress> sources = [.. addresses.Select(MappedAddress.Unmapped).Where(address => !IPAddress.IsLoopback(address))];
        if (!sources.SetEquals(_sources.Addresses))
        {
            _sources = new Memory(sources, [.. sources.Select(IpBlock.Of)]);
        }
    }

    /// <param name="nodes">Those that are up, and take mail.</param>
    /// <param name="resolved">Further addresses, found through their names.</param>
    public void Replace(IReadOnlyCollection<NodeHosts> nodes, params IEnumerable<IPAddress> resolved) => Replace(nodes, [], resolved);

    /// <param name="nodes">Those that are up, and take mail.</param>
    /// <param name="others">Those that are up, and take none: they have names only.</param>
    /// <param name="resolved">Further addresses of the former, found through their names.</param>
    public void Replace(IReadOnlyCollection<NodeHosts> nodes, IReadOnlyCollection<NodeHosts> others, IEnumerable<IPAddress> resolved)
    {
        var set = nodes.SelectMany(node => node.Addresses).Concat(resolved.Select(MappedAddress.Unmapped)).ToFrozenSet();
        var named = nodes.Concat(others)
            .SelectMany(node => node.Names, (node, name) => (name, node.Addresses))
            .GroupBy(pair => pair.name)
            .ToFrozenDictionary(group => group.Key, IReadOnlyList<IPAddress> (group) => [.. group.SelectMany(pair => pair.Addresses).Distinct()]);
        _now = new Snapshot(set.Items, set, named);
    }

    /// <summary>Remembers nodes beyond their going. One caller at a time; when the memory is full, newcomers are not remembered.</summary>
    /// <param name="nodes">Their addresses, each with the moment until which it is to be known.</param>
    /// <param name="now">Whose moment has come is forgotten.</param>
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
