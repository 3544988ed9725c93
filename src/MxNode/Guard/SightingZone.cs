using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Zones;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// The network's knowledge of an address, as a DNS list (RFC 5782): at the reverse name one A record for each fact, and a TXT record.
/// A name without records is a host that the network does not know. While this node does not know, it answers SERVFAIL.
/// </summary>
internal sealed class SightingZone(string origin, NameServers servers, OwnSightings sightings, TimeProvider time) : Zone(origin, servers)
{
    /// <summary>The A record of a relay of the network.</summary>
    public static readonly IPAddress Relay = new([127, 0, 0, 10]);

    /// <summary>The A record of an address on the trusted list.</summary>
    public static readonly IPAddress Trusted = new([127, 0, 0, 11]);

    /// <summary>The A record of an address whose host block the network saw within about the last day.</summary>
    public static readonly IPAddress Seen = new([127, 0, 0, 12]);

    // RFC 5782, section 5: 127.0.0.2 is always listed, 127.0.0.1 never, so that users can test the zone.
    private static readonly IPAddress TestPoint = new([127, 0, 0, 2]);

    // Seconds. An unknown host may come to the relays at any moment, and then must not be taken for unknown.
    private const uint UnknownTtl = 5;

    protected override uint Serial => (uint)time.GetUtcNow().ToUnixTimeSeconds();

    protected override uint NegativeTtl => UnknownTtl;

    protected override DnsMessage Answer(DnsMessage query, DnsQuestion question, ReadOnlySpan<char> labels)
    {
        if (labels.IsEmpty)
        {
            return NoData(query);
        }

        if (!ReverseName.TryRead(labels, out var address, out var isPartial))
        {
            return NoName(query);
        }

        if (address is null)
        {
            return isPartial ? NoData(query) : NoName(query);
        }

        address = address.Unmapped();
        HostSighting? found = address.Equals(TestPoint) ? new HostSighting(Seen: true, Trusted: true, Relay: true)
            : IPAddress.IsLoopback(address) ? default(HostSighting)
            : sightings.Ask(address, guard: null);
        return found switch
        {
            null => Failure(query),
            { Seen: false, Trusted: false, Relay: false } => isPartial ? NoData(query) : NoName(query),
            { } sighting => question.Type switch
            {
                DnsType.A or DnsType.Any => Found(query, Facts(question.Name, sighting)),
                DnsType.Txt => Found(query, new TxtRecord(question.Name, LongestTtl, Text(sighting))),
                _ => NoData(query),
            },
        };
    }

    private static ImmutableArray<DnsRecord> Facts(string name, HostSighting sighting) =>
    [
        .. new[] { (sighting.Relay, Relay), (sighting.Trusted, Trusted), (sighting.Seen, Seen) }
            .Where(fact => fact.Item1)
            .Select(fact => new AddressRecord(name, LongestTtl, fact.Item2)),
    ];

    private static string Text(HostSighting sighting)
    {
        var facts = string.Join(' ', new[] { sighting.Relay ? "relay" : "", sighting.Trusted ? "trusted" : "", sighting.Seen ? "seen" : "" }.Where(word => word.Length > 0));
        return sighting.PassesIn > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"{facts} minutes={Math.Ceiling(sighting.PassesIn.TotalMinutes)}") : facts;
    }
}
