using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Zones;

/// <summary>
/// A name of the network, a magic MX: it and every name under it have the addresses of nodes that are up, in an order of their own for
/// each answer, but a node's own name has that node's. Domains may point their MX at any name in it, so none is missing.
/// </summary>
internal sealed class MagicZone(string origin, NameServers servers, LiveNodes nodes, TimeProvider time) : Zone(origin, servers)
{
    /// <summary>Seconds: a node that died is asked for no longer than that.</summary>
    private const uint Ttl = 30;

    /// <summary>Of one kind in an answer: more choice helps no sender, and 8 of IPv6 still fit into 512 octets.</summary>
    private const int Most = 8;

    /// <summary>Answers change by themselves, and the time with them.</summary>
    protected override uint Serial => (uint)time.GetUtcNow().ToUnixTimeSeconds();

    protected override DnsMessage Answer(DnsMessage query, DnsQuestion question, ReadOnlySpan<char> labels)
    {
        if (question.Type is not (DnsType.A or DnsType.Aaaa or DnsType.Any))
        {
            return NoData(query);
        }

        var all = !labels.IsEmpty && nodes.Named.TryGetValue(question.Name, out var own) && own.Count > 0 ? own : nodes.Addresses;
        if (all.Count == 0)
        {
            return Failure(query);
        }

        var records = Shuffled(question, all);
        return records.IsEmpty ? NoData(query) : Found(query, records);
    }

    private static ImmutableArray<DnsRecord> Shuffled(DnsQuestion question, IReadOnlyList<IPAddress> all)
    {
        // ANY gets one of the kinds there are (RFC 8482, section 4.1).
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
