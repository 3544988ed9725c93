using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Zones;

/// <summary>All zones of this node. It is asked for nothing but what it is authoritative for, and recurses for nobody.</summary>
/// <param name="zones">Of two that hold a name, the longer answers.</param>
/// <param name="isOverloaded">Whether the machine is short of what it needs; then all it says of its zones is SERVFAIL, and resolvers ask another node.</param>
internal sealed class ZoneTable(IEnumerable<Zone> zones, Func<bool> isOverloaded)
{
    // Transfers of a whole zone (RFC 1995, RFC 5936): the list is exported in other ways.
    private const DnsType Ixfr = (DnsType)251;
    private const DnsType Axfr = (DnsType)252;

    private readonly ImmutableArray<Zone> _zones = [.. zones.OrderByDescending(zone => zone.Origin.Length)];

    /// <summary>A handler for <see cref="MxNode.Dns.DnsListener"/>.</summary>
    public DnsMessage Answer(DnsMessage query)
    {
        var question = query.Questions[0];
        if (question.Class == DnsQuestion.Internet && question.Type is not (Ixfr or Axfr))
        {
            foreach (var zone in _zones)
            {
                if (zone.Holds(question.Name))
                {
                    return isOverloaded() ? query.Reply(DnsResponseCode.ServerFailure) : zone.Answer(query);
                }
            }
        }

        return query.Reply(DnsResponseCode.Refused);
    }
}
