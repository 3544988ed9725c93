using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Zones;

/// <summary>
/// A magic name of the network. The name and every name under it have the addresses of nodes that are up, shuffled for each answer; a
/// node's own name has that node's addresses. Domains may point their MX at any name in the zone, so every name exists.
/// </summary>
internal sealed class MagicZone(string origin, NameServers servers, LiveNodes nodes, TimeProvider time) : Zone(origin, servers)
{
    /// <summary>Seconds: how long resolvers may still give out the address of a node that died.</summary>
    private const uint Ttl = 30;

    /// <summary>The most addresses in an answer: more choice helps no sender, and 8 IPv6 addresses fit into 512 octets.</summary>
    private const int Most = 8;

    /// <summary>The time, because answers change whenever nodes come and go.</summary>
    protected override uint Serial => (uint)time.GetUtcNow().ToUnixTimeSeconds();

    protected override DnsMessage Answer(DnsMessage query, DnsQuestion question, ReadOnlySpan<char> labels)
    {
        if (question.Type is not (DnsType.A or DnsType.Aaaa or DnsType.Any))
        {
            return NoData(query);
        }

        var all = !labels.IsEmpty && nodes.Named.TryGetValue(question.Name, out var own) && own.Count > 0 ? own : nodes.Listed;
        if (all.Count == 0)
        {
            return Failure(query);
        }

        var records = Shuffled(question, all);
        return records.IsEmpty ? NoData(query) : Found(query, records);
    }

    private static ImmutableArray<DnsRecord> Shuffled(DnsQuestion question, IReadOnlyList<IPAddress> all)
    {
        // ANY is answered with one of the types that exist (RFC 8482, section 4.1).
        var family = question.Type switch
        {
            DnsType.A => AddressFamily.InterNetwork,
            DnsType.Aaaa => AddressFamily.InterNetworkV6,
            _ => all[0].AddressFamily,
        };
        var addresses = all.Where(address => address.AddressFamily == family).ToArray();
        Random.Shared.Shuffle(addresses);
        return [.. addresses.Take(Most).Select(address => new AddressRecord(question.Name, Ttl, address))];
    }
}
