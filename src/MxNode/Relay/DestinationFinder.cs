using System.Collections.Frozen;
using System.Collections.Immutable;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Finds where a domain's mail goes, and whether the domain wants us to take it: naming us in an MX record is subscribing.
/// </summary>
/// <param name="network">How magic names are recognised.</param>
/// <param name="relay">Routes.</param>
/// <param name="self">This node's name.</param>
/// <param name="dns">Has the MX records.</param>
/// <param name="served">Takes note of subscribed domains.</param>
/// <param name="policies">Looks for subscribed domains' TLS policies; null: no policy is looked for.</param>
internal sealed class DestinationFinder(NetworkOptions network, Live<RelayOptions> relay, OwnIdentity self, IDnsResolver dns, ServedDomains served, TlsDemands? policies = null)
{
    // Each costs a query, and only the best MX of a domain is meant to be magic.
    private const int MaxAliasChecks = 3;
    // Far more than MaxAddresses can use; a zone with thousands of MX records costs no more than this.
    private const int MaxHosts = 16;

    private readonly DerivedSetting<RelayOptions, FrozenDictionary<string, DestinationAnswer>> _routes = new(relay, options => options.Routes.ToFrozenDictionary(
        route => route.Key,
        route => MxHost.TryParse(route.Value, out var host)
            ? Subscribed([[host!]])
            : throw new ArgumentException($"The route of {route.Key} is not host:port", nameof(relay))));

    /// <summary>What is known of a domain, now; the DNS behind it is cached.</summary>
    /// <param name="domain">Canonical; an address literal or "" subscribes to nothing.</param>
    /// <param name="cancel">Ends the wait for DNS.</param>
    public async ValueTask<DestinationAnswer> FindAsync(string domain, CancellationToken cancel)
    {
        if (_routes.Value.TryGetValue(domain, out var route))
        {
            return route;
        }

        if (!HostNames.IsCanonical(domain))
        {
            return new DestinationAnswer(DestinationStatus.NotSubscribed);
        }

        var answer = await dns.QueryAsync(domain, DnsType.Mx, cancel);
        var found = Judge(answer);
        if (found.Status is not (DestinationStatus.Subscribed or DestinationStatus.DnsFailure))
        {
            // These statuses refuse mail for good. The domain's records may have changed since they were cached.
            answer = await dns.QueryFreshAsync(domain, DnsType.Mx, cancel);
            found = Judge(answer);
            if (found.Status == DestinationStatus.NotSubscribed)
            {
                found = served.Contains(domain)
                    ? new DestinationAnswer(DestinationStatus.NoLongerSubscribed)
                    : await FindAliasAsync(answer.Records, cancel) ?? found;
            }
        }

        if (found.Status == DestinationStatus.Subscribed)
        {
            served.Note(domain);
        }

        return Proved(found, domain, answer);
    }

    /// <summary>
    /// Begins to look for a subscribed domain's TLS policy. It makes this node connect to a web server of the domain's choice: so only for mail that
    /// is to go on.
    /// </summary>
    /// <param name="domain">Canonical.</param>
    public void PreparePolicy(string domain)
    {
        if (relay.Current.MtaSts && !_routes.Value.ContainsKey(domain))
        {
            policies?.Prepare(domain);
        }
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

    /// <summary>
    /// The way to a domain for mail that this node answers for, subscribed or not: Subscribed with the real MX, or with the domain itself
    /// where it has no MX records (RFC 5321, section 5.1). NotSubscribed means that the domain does not exist.
    /// </summary>
    /// <inheritdoc cref="FindAsync"/>
    public async ValueTask<DestinationAnswer> FindNextHopAsync(string domain, CancellationToken cancel)
    {
        if (_routes.Value.TryGetValue(domain, out var route))
        {
            return route;
        }

        if (!HostNames.IsCanonical(domain))
        {
            return new DestinationAnswer(DestinationStatus.NotSubscribed);
        }

        var answer = await dns.QueryAsync(domain, DnsType.Mx, cancel);
        var exchanges = answer.Records.OfType<MxRecord>().ToList();
        var found = answer.Status switch
        {
            DnsStatus.Success when exchanges is [{ Exchange: "" }] => new DestinationAnswer(DestinationStatus.NullMx),
            DnsStatus.Success => RealMx(exchanges),
            DnsStatus.NoData => Subscribed([[new MxHost(domain, relay.Current.Port)]]),
            DnsStatus.NameError => new DestinationAnswer(DestinationStatus.NotSubscribed),
            _ => new DestinationAnswer(DestinationStatus.DnsFailure),
        };
        return Proved(found, domain, answer);
    }

    /// <summary>True when the name is one of this network's magic MX.</summary>
    public bool IsOurs(string exchange)
    {
        var canonical = DnsName.Canonical(exchange);
        return network.Names.Any(name => DnsName.IsAtOrUnder(canonical, name));
    }

    /// <summary>True when mail may be passed on to the host: it is no magic MX of any network, and not this node.</summary>
    public bool IsReal(string exchange) =>
        HostNames.IsCanonical(exchange)
        && exchange != self.HostName
        && !IsMagic(exchange);

    // RFC 5321, section 5.1, makes a relay drop every MX that is no better than its own, lest mail go in circles. Ours is the
    // best of all, and the mail is to go on to worse ones: what breaks the circle here is that nothing magic is ever a next hop.
    private DestinationAnswer Judge(DnsAnswer answer) => answer.Status switch
    {
        DnsStatus.Success => Judge(answer.Records),
        DnsStatus.Failure => new DestinationAnswer(DestinationStatus.DnsFailure),

        // Without MX records the domain itself would be its MX (RFC 5321, section 5.1), and that is not us.
        _ => new DestinationAnswer(DestinationStatus.NotSubscribed),
    };

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

    private static DestinationAnswer Proved(DestinationAnswer found, string domain, DnsAnswer answer) =>
        found.Destination is { } destination && answer.IsSecure ? found with { Destination = destination with { SecureDomain = domain } } : found;

    private async ValueTask<DestinationAnswer?> FindAliasAsync(ImmutableArray<DnsRecord> records, CancellationToken cancel)
    {
        foreach (var mx in records.OfType<MxRecord>().OrderBy(mx => mx.Preference).Where(mx => IsReal(mx.Exchange)).Take(MaxAliasChecks))
        {
            var aliases = await dns.QueryAsync(mx.Exchange, DnsType.Cname, cancel);
            if (aliases.Records.OfType<CnameRecord>().Any(alias => IsOurs(alias.Target)))
            {
                return new DestinationAnswer(DestinationStatus.AliasedMagicMx, Alias: mx.Exchange);
            }
        }

        return null;
    }

    private DestinationAnswer RealMx(List<MxRecord> exchanges)
    {
        var real = exchanges
            .Where(mx => IsReal(mx.Exchange))
            .OrderBy(mx => mx.Preference)
            .DistinctBy(mx => mx.Exchange)
            .Take(MaxHosts)
            .GroupBy(mx => mx.Preference, mx => new MxHost(mx.Exchange, relay.Current.Port))
            .Select(equal => equal.ToArray())
            .ToList();
        return real.Count == 0 ? new DestinationAnswer(DestinationStatus.NoRealMx) : Subscribed(real);
    }

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
