using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TrustList.Folding;

namespace ThrottleNet.MxNode.Trust;

/// <summary>The addresses of an enrolled host name.</summary>
/// <param name="Confirmed">Those whose reverse DNS names the host.</param>
/// <param name="Unconfirmed">Those whose does not.</param>
/// <param name="Complete">False when the DNS did not answer something, so that addresses may be missing.</param>
internal sealed record NameConfirmation(IReadOnlyList<IPAddress> Confirmed, IReadOnlyList<IPAddress> Unconfirmed, bool Complete);

/// <summary>
/// Finds the addresses a host name stands for. Reverse DNS must confirm each: the name's owner alone
/// could point it at anybody's address, and the address's owner alone could claim any name.
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
