using System.Net;
using System.Net.Sockets;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// Forward-confirmed reverse DNS: the name an address claims by PTR, believed only when that name leads back to the address
/// (RFC 8499, section 8).
/// </summary>
internal sealed class ForwardConfirmedName(IDnsResolver resolver)
{
    // A zone may hold any number of PTR records; nobody honest needs more than a few.
    private const int MaxNames = 4;

    /// <summary>The first confirmed name, or null: none, not confirmed, or DNS did not answer.</summary>
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
            foreach (var name in claimed.Records.OfType<PtrRecord>().Take(MaxNames).Select(r => r.Target))
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
