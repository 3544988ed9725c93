using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Zones;

/// <summary>The name servers of the zones: those that were configured, or this node and its live neighbours by the names they have in the network.</summary>
internal sealed class NameServers(TrustOptions options, NetworkOptions network, OwnIdentity self, LiveNodes nodes)
{
    // A resolver tries a few; the rest only makes the answer long, which is what forgers of sources want.
    private const int Most = 4;

    /// <summary>The one in SOA.</summary>
    public string Primary { get; } = options.NameServers is [var first, ..] ? first : self.HostName.ToLowerInvariant();

    public IEnumerable<string> All() =>
        options.NameServers.Count > 0
            ? options.NameServers
            : nodes.Named.Keys.Where(IsOfNode).Order(StringComparer.Ordinal).Prepend(Primary).Distinct().Take(Most);

    /// <summary>An address of each family for those that are nodes: they may be in the very zone that is asked for.</summary>
    public IEnumerable<DnsRecord> Glue(uint ttl) =>
        from server in All()
        from address in nodes.Named.GetValueOrDefault(server, []).DistinctBy(address => address.AddressFamily)
        select new AddressRecord(server, ttl, address);

    // Other names in certificates may be known to the nodes only.
    private bool IsOfNode(string name) => network.Names.Any(ours => name != ours && DnsName.IsAtOrUnder(name, ours));
}
