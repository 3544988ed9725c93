using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Reads a domain's MX records with the node's own <see cref="DestinationFinder"/>.</summary>
internal sealed class DomainLookup(NetworkOptions network, Live<RelayOptions> relay, DestinationFinder finder, IDnsResolver dns)
{
    public async Task<DomainView> FindAsync(string domain, CancellationToken cancel)
    {
        var found = await finder.FindAsync(domain, cancel);
        var answer = await dns.QueryAsync(domain, DnsType.Mx, cancel);
        var exchanges = answer.Records.OfType<MxRecord>().OrderBy(mx => mx.Preference).ToList();
        var real = exchanges.FindAll(mx => finder.IsReal(mx.Exchange));
        return new DomainView(domain, answer, found)
        {
            Ours = exchanges.FindAll(mx => finder.IsOurs(mx.Exchange)),
            Real = real,
            Others = exchanges.FindAll(mx => !finder.IsOurs(mx.Exchange) && HostNames.HasLabel(mx.Exchange, network.MagicLabel)),
            Hosts = found.Destination is { } destination && destination.Hosts[0].IsRoute
                ? destination.Hosts
                : [.. real.DistinctBy(mx => mx.Exchange).Select(mx => new MxHost(mx.Exchange, relay.Current.Port))],
        };
    }
}
