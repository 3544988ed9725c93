using System.Net;
using System.Net.Sockets;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// Forward-confirmed reverse DNS: the name that an address has by PTR counts only when the name's own address records contain the
/// address (RFC 8499, section 8). It is written into header fields, so a name with other characters than those of host names does not count.
/// </summary>
internal sealed class ForwardConfirmedName(IDnsResolver resolver)
{
    // A zone may hold any number of PTR records for an address; each costs a look-up.
    private const int MaxNames = 4;

    /// <summary>The first confirmed name; null when there is none, when none is confirmed, or when the DNS did not answer.</summary>
    public async Task<string?> FindAsync(IPAddress address, CancellationToken cancel)
    {
        try
        {
            if (IPAddress.IsLoopback(address))
            {
                return null;
            }

            var type = address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa;
            var claimed = await resolver.QueryAsync(ReverseName.Of(address), DnsType.Ptr, cancel);
            foreach (var name in claimed.Records.OfType<PtrRecord>().Select(r => r.Target).Where(HostNames.IsCanonical).Take(MaxNames))
            {
                var confirmed = await resolver.QueryAsync(name, type, cancel);
                if (confirmed.Records.OfType<AddressRecord>().Any(r => r.Address.Equals(address)))
                {
                    return name;
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        return null;
    }
}
