using System.Net;
using System.Runtime.CompilerServices;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Egress;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Whether guards know this node by the addresses that its mail leaves from. Only for a relay that other relays know.</summary>
internal sealed class EgressCheck(Viewpoint viewpoint, Live<RelayOptions> relay, IDnsResolver dns) : IDomainCheck
{
    public string Group => "Where this node's mail leaves from";

    public async IAsyncEnumerable<Finding> RunAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (viewpoint.Certificate is not { } certificate)
        {
            yield break;
        }

        var resolved = new HashSet<IPAddress>();
        foreach (var name in certificate.Names)
        {
            resolved.UnionWith((await dns.FindAddressesAsync(name, cancel)).Addresses);
        }

        var sources = relay.Current.SourceAddresses;
        var peers = await viewpoint.PeersAsync(cancel);
        var seen = peers?.Peers.Select(peer => peer.SeesUsFrom).OfType<string>().Select(IPAddress.Parse).Distinct().ToList() ?? [];
        IEnumerable<IPAddress> known = [.. sources, .. certificate.Addresses, .. certificate.Egress];
        yield return Finding.Pass("egress", $"guards know this node's mail by {string.Join(", ", known.Distinct())}{(seen.Count > 0 ? $"; peers see it come from {string.Join(", ", seen)}" : "")}");
        foreach (var difference in EgressComparison.Differences(sources, certificate, resolved.Contains, seen))
        {
            yield return new Finding(FindingLevel.Warn, "egress", difference);
        }

        if (peers is null)
        {
            yield return Finding.Skip("egress", "the node does not answer at Admin:Listen, so what its peers see was not compared", "run the doctor again while the node runs");
        }
    }
}
