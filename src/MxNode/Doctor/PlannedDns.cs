using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>The DNS as it will be once a domain has published <c>MX 0</c> with a magic name. All other answers are the real ones.</summary>
/// <param name="dns">The real DNS.</param>
/// <param name="domain">The domain; canonical.</param>
/// <param name="magic">The magic name; canonical.</param>
internal sealed class PlannedDns(IDnsResolver dns, string domain, string magic) : IDnsResolver
{
    // Seconds. What docs/domain-owner.md advises for a new record.
    private const uint Ttl = 300;

    public async ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancel) => Plan(name, type, await dns.QueryAsync(name, type, cancel));

    public async ValueTask<DnsAnswer> QueryFreshAsync(string name, DnsType type, CancellationToken cancel) => Plan(name, type, await dns.QueryFreshAsync(name, type, cancel));

    private DnsAnswer Plan(string name, DnsType type, DnsAnswer answer) =>
        type != DnsType.Mx || name != domain || answer.Status is DnsStatus.Failure or DnsStatus.NameError || answer.Records.OfType<MxRecord>().Any(mx => mx.Exchange == magic)
            ? answer
            : answer with { Status = DnsStatus.Success, Records = answer.Records.Add(new MxRecord(domain, Ttl, 0, magic)) };
}
