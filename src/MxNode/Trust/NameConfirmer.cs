using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TrustList.Folding;

namespace ThrottleNet.MxNode.Trust;

/// <summary>The addresses of an enrolled host name.</summary>
/// <param name="Confirmed">Addresses whose reverse DNS names the host.</param>
/// <param name="Unconfirmed">Addresses whose reverse DNS does not.</param>
/// <param name="Complete">False when the DNS left a question unanswered, so that addresses may be missing.</param>
internal sealed record NameConfirmation(IReadOnlyList<IPAddress> Confirmed, IReadOnlyList<IPAddress> Unconfirmed, bool Complete);

/// <summary>
/// Finds the addresses that a host name stands for. Reverse DNS has to confirm each: the owner of the name could point it at an
/// address of another host, and the owner of an address could give it any name.
/// </summary>
internal sealed class NameConfirmer(IDnsResolver dns)
{
    public async ValueTask<NameConfirmation> ConfirmAsync(string name, CancellationToken cancel)
    {
        List<IPAddress> confirmed = [];
        List<IPAddress> unconfirmed = [];
        var (addresses, complete) = await dns.FindAddressesAsync(name, cancel);
        foreach (var address in addresses.Distinct().Take(ListIndex.MaxAddresses))
        {
            var reverse = await dns.QueryAsync(ReverseName.Of(address), DnsType.Ptr, cancel);
            complete &= reverse.Status != DnsStatus.Failure;
            (reverse.Records.OfType<PtrRecord>().Any(record => record.Target == name) ? confirmed : unconfirmed).Add(address);
        }

        return new(confirmed, unconfirmed, complete);
    }
}
