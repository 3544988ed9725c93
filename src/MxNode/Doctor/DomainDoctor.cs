using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Checks a domain's MX records as senders and this node see them.</summary>
internal sealed class DomainDoctor(NetworkOptions network, DestinationFinder finder, HopAddresses hops, IDnsResolver dns)
{
    // Seconds. A domain that leaves a failing network still loses mail for as long as caches keep the old records.
    private const uint LongTtl = 4 * 3600;

    public async Task<DoctorReport> ExamineAsync(string domain, CancellationToken cancel)
    {
        var findings = new List<Finding>();
        var answer = await finder.FindAsync(domain, cancel);
        var records = await dns.QueryAsync(domain, DnsType.Mx, cancel);
        var exchanges = records.Records.OfType<MxRecord>().OrderBy(r => r.Preference).ToList();
        foreach (var finding in Examine(domain, records.Status, exchanges))
        {
            findings.Add(finding);
        }

        foreach (var magic in exchanges.Where(r => finder.IsOurs(r.Exchange)))
        {
            findings.Add(await ReachableAsync(magic.Exchange, cancel));
        }

        foreach (var host in answer.Destination?.Hosts ?? [])
        {
            findings.Add(await CallableAsync(host, cancel));
        }

        findings.Add(Verdict(answer));
        return new DoctorReport(domain, answer.Status == DestinationStatus.Subscribed && findings.All(f => f.Level != FindingLevel.Failure), findings);
    }

    private IEnumerable<Finding> Examine(string domain, DnsStatus status, List<MxRecord> exchanges)
    {
        if (status == DnsStatus.Failure)
        {
            yield return new(FindingLevel.Failure, $"the MX records of {domain} cannot be looked up: no name server answers; check Dns:Servers and the domain's name servers");
            yield break;
        }

        if (exchanges.Count == 0)
        {
            yield return new(FindingLevel.Failure, $"{domain} has no MX records; publish one for its real mail server, and the magic MX beside it");
            yield break;
        }

        foreach (var record in exchanges)
        {
            var kind = finder.IsOurs(record.Exchange) ? "the magic MX: relays of this network, which senders try first" : IsMagic(record.Exchange) ? "the magic MX of another network" : "the domain's own mail server";
            yield return new(FindingLevel.Good, $"MX {record.Preference} {(record.Exchange.Length == 0 ? "." : record.Exchange)} ({kind}, TTL {record.Ttl} s)");
        }

        var ours = exchanges.Where(r => finder.IsOurs(r.Exchange)).ToList();
        var real = exchanges.Where(r => !finder.IsOurs(r.Exchange) && !IsMagic(r.Exchange) && r.Exchange.Length > 0).ToList();
        if (ours.Count == 0)
        {
            yield return new(FindingLevel.Failure, $"no MX of {domain} names this network; publish: {domain}. MX 0 {(network.Names is [var name, ..] ? name : "NAME")}. (this network's names are in Network:Names)");
        }

        if (real.Count == 0)
        {
            yield return new(FindingLevel.Failure, $"{domain} has no real MX; publish an MX record for its mail server, with a higher preference number");
        }

        if (ours.Count > 0 && real.Count > 0 && ours[0].Preference >= real[0].Preference)
        {
            yield return new(FindingLevel.Failure, $"senders try {real[0].Exchange} ({real[0].Preference}) before the magic MX ({ours[0].Preference}); give the magic MX the lowest number");
        }

        if (exchanges.Any(r => IsMagic(r.Exchange) && !finder.IsOurs(r.Exchange)))
        {
            yield return new(FindingLevel.Warning, "another network's magic MX is published too; the two networks do not share counts: keep one of them");
        }

        if (exchanges.Max(r => r.Ttl) > LongTtl)
        {
            yield return new(FindingLevel.Warning, $"caches keep the MX records for up to {exchanges.Max(r => r.Ttl)} s; with an hour or less, a change takes effect sooner");
        }
    }

    private async Task<Finding> ReachableAsync(string magic, CancellationToken cancel)
    {
        var (addresses, _) = await dns.FindAddressesAsync(magic, cancel);
        return addresses.Count > 0
            ? new(FindingLevel.Good, $"{magic} has the addresses {string.Join(", ", addresses)}")
            : new(FindingLevel.Failure, $"{magic} has no address; ask the network's operators to publish one");
    }

    private async Task<Finding> CallableAsync(MxHost host, CancellationToken cancel)
    {
        var (outcome, endPoints) = await hops.FindAsync(host, cancel);
        return outcome switch
        {
            HopLookup.Found => new(FindingLevel.Good, $"next hop {host.Name}: {string.Join(", ", endPoints)}"),
            HopLookup.Forbidden => new(FindingLevel.Failure, $"next hop {host.Name} has only private addresses or this node's own; publish a public one (or set Relay:AllowPrivateDestinations)"),
            HopLookup.NoAddress => new(FindingLevel.Failure, $"next hop {host.Name} has no address; publish one"),
            _ => new(FindingLevel.Warning, $"the address of next hop {host.Name} cannot be looked up now: no name server answers"),
        };
    }

    private static Finding Verdict(DestinationAnswer answer) => answer.Status switch
    {
        DestinationStatus.Subscribed => new(FindingLevel.Good, $"this node takes its mail and passes it to {string.Join(", then ", answer.Destination!.Hosts.Select(h => $"{h.Name}:{h.Port}"))}"),
        DestinationStatus.NotSubscribed => new(FindingLevel.Failure, "this node would answer 550: relaying denied"),
        DestinationStatus.NoRealMx => new(FindingLevel.Failure, "this node would answer 550: the domain has no real MX to pass mail to"),
        DestinationStatus.AliasedMagicMx => new(FindingLevel.Failure, $"this node would answer 451: the MX {answer.Alias} is an alias (CNAME) of this network's magic name, which an MX must not be (RFC 2181, section 10.3); publish the magic name itself as the MX"),
        DestinationStatus.NullMx => new(FindingLevel.Failure, "this node would answer 556: the domain says by a null MX (RFC 7505) that it takes no mail"),
        _ => new(FindingLevel.Failure, "this node would answer 451: try again later"),
    };

    private bool IsMagic(string exchange) => exchange.Split('.').Contains(network.MagicLabel, StringComparer.OrdinalIgnoreCase);
}
