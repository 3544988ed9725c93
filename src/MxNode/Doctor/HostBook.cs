using System.Collections.Concurrent;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Looks each host up once for all checks.</summary>
internal sealed class HostBook(HopAddresses hops, IDnsResolver dns)
{
    private readonly ConcurrentDictionary<MxHost, Lazy<Task<HostFacts>>> _hosts = new();

    public Task<HostFacts> FindAsync(MxHost host, CancellationToken cancel) =>
        _hosts.GetOrAdd(host, h => new Lazy<Task<HostFacts>>(() => LookUpAsync(h, cancel))).Value;

    private async Task<HostFacts> LookUpAsync(MxHost host, CancellationToken cancel)
    {
        var alias = dns.QueryAsync(host.Name, DnsType.Cname, cancel).AsTask();
        var answers = await Task.WhenAll(dns.QueryAsync(host.Name, DnsType.A, cancel).AsTask(), dns.QueryAsync(host.Name, DnsType.Aaaa, cancel).AsTask());
        var (lookup, endPoints) = await hops.FindAsync(host, cancel);
        return new HostFacts(host.Name, [.. answers.SelectMany(a => a.Records).OfType<AddressRecord>()])
        {
            Alias = (await alias).Records.OfType<CnameRecord>().FirstOrDefault()?.Target,
            Exists = !Array.TrueForAll(answers, a => a.Status == DnsStatus.NameError),
            IsComplete = Array.TrueForAll(answers, a => a.Status != DnsStatus.Failure),
            Lookup = lookup,
            EndPoints = endPoints,
        };
    }
}
