using System.Collections.Frozen;
using System.Collections.Immutable;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Finds where a domain's mail goes, and whether the domain wants us to take it: naming us in an MX record is subscribing.
/// </summary>
internal sealed class DestinationFinder(NetworkOptions network, RelayOptions relay, OwnIdentity self, IDnsResolver dns)
{
    // Far more than MaxAddresses can use; a zone with thousands of MX records costs no more than this.
    private const int MaxHosts = 16;

    private readonly FrozenDictionary<string, MxHost> _routes = relay.Routes.ToFrozenDictionary(
        route => route.Key,
        route => MxHost.TryParse(route.Value, out var host)
            ? host!
            : throw new ArgumentException($"The route of {route.Key} is not host:port", nameof(relay)));

    /// <summary>What is known of a domain, now; the DNS behind it is cached.</summary>
    /// <param name="domain">Canonical; an address literal or "" subscribes to nothing.</param>
    /// <param name="cancel">Ends the wait for DNS.</param>
    public async ValueTask<DestinationAnswer> FindAsync(string domain, CancellationToken cancel)
    {
        if (_routes.TryGetValue(domain, out var route))
        {
            return Subscribed([[route]]);
        }

        if (!HostNames.IsCanonical(domain))
        {
            return new DestinationAnswer(DestinationStatus.NotSubscribed);
        }

        var answer = await dns.QueryAsync(domain, DnsType.Mx, cancel);
        return answer.Status switch
        {
            DnsStatus.Success => Judge(answer.Records),
            DnsStatus.Failure => new DestinationAnswer(DestinationStatus.DnsFailure),

            // Without MX records the domain itself would be its MX (RFC 5321, section 5.1), and that is not us.
            _ => new DestinationAnswer(DestinationStatus.NotSubscribed),
        };
    }

    /// <summary>
    /// The way past the magic MX, whichever network's, for a sender that is trusted there: Subscribed with the real MX. A domain
    /// without a magic MX, or one that this host takes mail for itself (<c>Node:HostName</c> is among its MX), is not.
    /// </summary>
    /// <inheritdoc cref="FindAsync"/>
    public async ValueTask<DestinationAnswer> FindDirectAsync(string domain, CancellationToken cancel)
    {
        var answer = await dns.QueryAsync(domain, DnsType.Mx, cancel);
        var exchanges = answer.Records.OfType<MxRecord>().ToList();
        return answer.Status == DnsStatus.Failure ? new DestinationAnswer(DestinationStatus.DnsFailure)
            : exchanges.Exists(mx => IsMagic(mx.Exchange)) && !exchanges.Exists(mx => mx.Exchange == self.HostName) ? RealMx(exchanges)
            : new DestinationAnswer(DestinationStatus.NotSubscribed);
    }

    /// <summary>True when the name is one of this network's magic MX.</summary>
    public bool IsOurs(string exchange) => network.Names.Any(name => HostNames.IsAtOrUnder(exchange, name));

    // RFC 5321, section 5.1, makes a relay drop every MX that is no better than its own, lest mail go in circles. Ours is the
    // best of all, and the mail is to go on to worse ones: what breaks the circle here is that nothing magic is ever a next hop.
    private DestinationAnswer Judge(ImmutableArray<DnsRecord> records)
    {
        var exchanges = records.OfType<MxRecord>().ToList();
        if (exchanges is [{ Exchange: "" }])
        {
            return new DestinationAnswer(DestinationStatus.NullMx);
        }

        if (!exchanges.Exists(mx => IsOurs(mx.Exchange)))
        {
            return new DestinationAnswer(DestinationStatus.NotSubscribed);
        }

        return RealMx(exchanges);
    }

    private DestinationAnswer RealMx(List<MxRecord> exchanges)
    {
        var real = exchanges
            .Where(mx => IsReal(mx.Exchange))
            .OrderBy(mx => mx.Preference)
            .DistinctBy(mx => mx.Exchange)
            .Take(MaxHosts)
            .GroupBy(mx => mx.Preference, mx => new MxHost(mx.Exchange, relay.Port))
            .Select(equal => equal.ToArray())
            .ToList();
        return real.Count == 0 ? new DestinationAnswer(DestinationStatus.NoRealMx) : Subscribed(real);
    }

    private bool IsReal(string exchange) =>
        HostNames.IsCanonical(exchange)
        && exchange != self.HostName
        && !IsMagic(exchange);

    private bool IsMagic(string exchange) => IsOurs(exchange) || HostNames.HasLabel(exchange, network.MagicLabel);

    private static DestinationAnswer Subscribed(List<MxHost[]> byPreference)
    {
        var key = string.Join('|', byPreference.Select(equal =>
            string.Join(',', equal.Select(host => $"{host.Name}:{host.Port}").Order(StringComparer.Ordinal))));
        foreach (var equal in byPreference)
        {
            Random.Shared.Shuffle(equal);
        }

        return new DestinationAnswer(
            DestinationStatus.Subscribed,
            new Destination(key, [.. byPreference.SelectMany(equal => equal)]));
    }
}
