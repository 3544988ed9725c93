using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay;

/// <summary>The outcome of the lookup of a host's addresses.</summary>
internal enum HopLookup
{
    Found,

    /// <summary>It has only addresses that may not be called: private ones, or this node's own.</summary>
    Forbidden,

    /// <summary>It has no address.</summary>
    NoAddress,

    /// <summary>DNS did not answer.</summary>
    DnsFailure,
}

/// <summary>Looks up the addresses at which a host may be called.</summary>
internal sealed class HopAddresses(Live<RelayOptions> relay, OwnIdentity self, IDnsResolver dns, TimeProvider time)
{
    /// <summary>
    /// A host's addresses that may be called, IPv4 first (a machine without IPv6 then loses no time), each family shuffled.
    /// Once one family has answered, a silent one is hardly waited for (<see cref="AddressLookup.QueryBothFamiliesAsync"/>).
    /// </summary>
    public async ValueTask<(HopLookup Outcome, IReadOnlyList<IPEndPoint> EndPoints)> FindAsync(MxHost host, CancellationToken cancel)
    {
        if (host.IsRoute && IPAddress.TryParse(host.Name, out var address))
        {
            return Filter(host, [address]);
        }

        var (v4, v6) = await dns.QueryBothFamiliesAsync(host.Name, time, cancel);
        DnsAnswer[] answers = [v4, v6];
        var found = Filter(host, answers.SelectMany(Shuffled));
        return found.Outcome != HopLookup.Found && answers.Any(answer => answer.Status == DnsStatus.Failure)
            ? (HopLookup.DnsFailure, [])
            : found;
    }

    private (HopLookup Outcome, IReadOnlyList<IPEndPoint> EndPoints) Filter(MxHost host, IEnumerable<IPAddress> addresses)
    {
        var any = false;
        var allowed = new List<IPEndPoint>();
        foreach (var address in addresses)
        {
            any = true;
            var endPoint = new IPEndPoint(address.Unmapped(), host.Port);
            if ((host.IsRoute || relay.Current.AllowPrivateDestinations || PublicAddresses.Contains(address)) && !self.Is(endPoint))
            {
                allowed.Add(endPoint);
            }
        }

        return (allowed.Count > 0 ? HopLookup.Found : any ? HopLookup.Forbidden : HopLookup.NoAddress, allowed);
    }

    private static IPAddress[] Shuffled(DnsAnswer answer)
    {
        var addresses = answer.Records.OfType<AddressRecord>().Select(record => record.Address).ToArray();
        Random.Shared.Shuffle(addresses);
        return addresses;
    }
}
