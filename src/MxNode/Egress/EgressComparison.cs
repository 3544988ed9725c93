using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Egress;

/// <summary>Compares where mail leaves from by configuration, what the certificate names, and what peers see.</summary>
internal static class EgressComparison
{
    /// <summary>One line for each difference, with what to do.</summary>
    /// <param name="sources"><c>Relay:SourceAddresses</c>.</param>
    /// <param name="certificate">What the certificate names; null without one.</param>
    /// <param name="isOwn">Whether an address is one that a name in the certificate leads to.</param>
    /// <param name="seen">The addresses that peers see this node's calls come from.</param>
    public static IEnumerable<string> Differences(IReadOnlyList<IPAddress> sources, SubjectAltNames? certificate, Func<IPAddress, bool> isOwn, IEnumerable<IPAddress> seen)
    {
        if (certificate is null)
        {
            yield break;
        }

        var named = certificate.Addresses.Concat(certificate.Egress).ToHashSet();
        foreach (var source in sources.Select(MappedAddress.Unmapped).Where(source => !IPAddress.IsLoopback(source) && !named.Contains(source) && !isOwn(source)))
        {
            yield return $"Relay:SourceAddresses names {source}, and the certificate does not: guards know it only while this node is linked with the relay that they ask; renew the certificate with pki issue --renew --egress {source}";
        }

        var known = named.Concat(sources.Select(MappedAddress.Unmapped)).ToHashSet();
        foreach (var address in seen.Where(address => !IPAddress.IsLoopback(address) && !known.Contains(address) && !isOwn(address)))
        {
            yield return $"peers see this node come from {address}, which neither Relay:SourceAddresses nor the certificate names: if mail leaves from there too, renew the certificate with pki issue --renew --egress {address}";
        }
    }
}
