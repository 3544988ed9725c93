using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Egress;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Checks whether guards know this node by the addresses that its mail leaves from.</summary>
internal sealed class EgressDoctor(RelayOptions relay, IDnsResolver dns)
{
    /// <param name="certificate">What the node's certificate names.</param>
    /// <param name="peers">The running node's peers; null when it does not answer.</param>
    /// <param name="cancel">Cancels look-ups.</param>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(SubjectAltNames certificate, ExchangeReport? peers, CancellationToken cancel)
    {
        var resolved = new HashSet<IPAddress>();
        foreach (var name in certificate.Names)
        {
            resolved.UnionWith((await dns.FindAddressesAsync(name, cancel)).Addresses);
        }

        var seen = peers?.Peers.Select(peer => peer.SeesUsFrom).OfType<string>().Select(IPAddress.Parse).Distinct().ToList() ?? [];
        IEnumerable<IPAddress> known = [.. relay.SourceAddresses, .. certificate.Addresses, .. certificate.Egress];
        return
        [
            new(FindingLevel.Good, $"guards know this node's mail by {string.Join(", ", known.Distinct())}{(seen.Count > 0 ? $"; peers see it come from {string.Join(", ", seen)}" : "")}"),
            .. EgressComparison.Differences(relay.SourceAddresses, certificate, resolved.Contains, seen).Select(line => new Finding(FindingLevel.Warning, line)),
            .. peers is null ? [new Finding(FindingLevel.Warning, "the node does not answer at Admin:Listen, so what its peers see was not compared; run the doctor again while it runs")] : Array.Empty<Finding>(),
        ];
    }
}
