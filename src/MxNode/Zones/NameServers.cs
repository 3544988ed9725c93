using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Zones;

/// <summary>The zones' name servers: those configured, or this node and its live neighbours by their names in the network.</summary>
internal sealed class NameServers(TrustOptions options, NetworkOptions network, OwnIdentity self, LiveNodes nodes)
{
    // A resolver tries a few. More would only make answers longer, which helps attackers who forge the source of queries.
    private const int Most = 4;

    /// <summary>The primary server in the SOA.</summary>
    public string Primary { get; } = options.NameServers is [var first, ..] ? first : self.HostName.ToLowerInvariant();

    public IEnumerable<string> All() =>
        options.NameServers.Count > 0
            ? options.NameServers
            : nodes.Named.Keys.Where(IsOfNode).Order(StringComparer.Ordinal).Prepend(Primary).Distinct().Take(Most);

    /// <summary>An address of each family for each server that is a node: its name may lie in the very zone that is asked for.</summary>
    public IEnumerable<DnsRecord> Glue(uint ttl) =>
        from server in All()
        from address in nodes.Named.GetValueOrDefault(server, []).DistinctBy(address => address.AddressFamily)
        select new AddressRecord(server, ttl, address);

    // Other names in certificates may exist inside the operator's network only.
    private bool IsOfNode(string name) => network.Names.Any(ours => name != ours && DnsName.IsAtOrUnder(name, ours));
}
