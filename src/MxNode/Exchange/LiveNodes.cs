using System.Collections.Frozen;
using System.Net;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// The nodes of this network that are up, this one included: those it has a link with, which in networks of up to fifty nodes
/// is all of them. Readers take no lock; what they see is replaced whole.
/// </summary>
internal sealed class LiveNodes
{
    private volatile Snapshot _now = new([], FrozenSet<IPAddress>.Empty, FrozenDictionary<string, IReadOnlyList<IPAddress>>.Empty);

    /// <summary>All their addresses, each once, in no order.</summary>
    public IReadOnlyList<IPAddress> Addresses => _now.Addresses;

    /// <summary>The names in their certificates, each with the addresses in the same certificates: perhaps none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> Named => _now.Named;

    /// <summary>Whether one of them has the address; IPv4-mapped IPv6 is IPv4.</summary>
    public bool Contains(IPAddress address) => _now.Set.Contains(NodeHosts.Canonical(address));

    /// <param name="nodes">Those that are up.</param>
    /// <param name="resolved">Further addresses, found through their names.</param>
    public void Replace(IReadOnlyCollection<NodeHosts> nodes, params IEnumerable<IPAddress> resolved)
    {
        var set = nodes.SelectMany(node => node.Addresses).Concat(resolved.Select(NodeHosts.Canonical)).ToFrozenSet();
        var named = nodes
            .SelectMany(node => node.Names, (node, name) => (name, node.Addresses))
            .GroupBy(pair => pair.name)
            .ToFrozenDictionary(group => group.Key, IReadOnlyList<IPAddress> (group) => [.. group.SelectMany(pair => pair.Addresses).Distinct()]);
        _now = new Snapshot(set.Items, set, named);
    }

    private sealed record Snapshot(IReadOnlyList<IPAddress> Addresses, FrozenSet<IPAddress> Set, FrozenDictionary<string, IReadOnlyList<IPAddress>> Named);
}
