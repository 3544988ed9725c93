using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Zones;

/// <summary>All zones of this node. Questions about other names are refused; it does no recursion.</summary>
/// <param name="zones">Where two zones hold a name, the zone with the longer name answers.</param>
/// <param name="isOverloaded">Whether the machine is short of resources. Then every answer is SERVFAIL, and resolvers ask another node.</param>
internal sealed class ZoneTable(IEnumerable<Zone> zones, Func<bool> isOverloaded)
{
    // Transfers of a whole zone (RFC 1995, RFC 5936) are refused: the list is exported in other ways.
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
