using System.Net;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>The question that most callers of the DNS have: where a name leads to, by either family.</summary>
internal static class AddressLookup
{
    /// <summary>The addresses of a name, IPv4 first. Not complete: the DNS did not answer for one family, so that some may be missing.</summary>
    /// <inheritdoc cref="IDnsResolver.QueryAsync"/>
    public static async ValueTask<(IReadOnlyList<IPAddress> Addresses, bool IsComplete)> FindAddressesAsync(this IDnsResolver dns, string name, CancellationToken cancel)
    {
        var v4 = await dns.QueryAsync(name, DnsType.A, cancel);
        var v6 = await dns.QueryAsync(name, DnsType.Aaaa, cancel);
        return (
            [.. v4.Records.Concat(v6.Records).OfType<AddressRecord>().Select(record => record.Address)],
            v4.Status != DnsStatus.Failure && v6.Status != DnsStatus.Failure);
    }
}
