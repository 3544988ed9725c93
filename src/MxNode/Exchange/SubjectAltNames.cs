using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The addresses and names of a node, from the subjectAltName of its certificate (RFC 5280, section 4.2.1.6).</summary>
/// <param name="Addresses">IPv4-mapped IPv6 is IPv4.</param>
/// <param name="Names">In canonical form, none of them with a wildcard.</param>
internal sealed record SubjectAltNames(ImmutableArray<IPAddress> Addresses, ImmutableArray<string> Names)
{
    /// <summary>The most addresses, and the most names: each name costs DNS look-ups.</summary>
    public const int Most = 16;

    public static readonly SubjectAltNames None = new([], []);

    /// <summary>Further addresses that the node's mail leaves from (<see cref="EgressNames"/>). It cannot be reached at them.</summary>
    public ImmutableArray<IPAddress> Egress { get; init; } = [];

    public static SubjectAltNames Of(X509Certificate2 certificate)
    {
        try
        {
            return certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names
                ? new(
                    [.. names.EnumerateIPAddresses().Take(Most).Select(MappedAddress.Unmapped).Distinct()],
                    [.. names.EnumerateDnsNames().Take(Most).Select(DnsName.Canonical).Where(name => DnsName.IsValid(name) && !name.Contains('*', StringComparison.Ordinal)).Distinct()])
                {
                    Egress = [.. EgressNames.In(names).Take(Most).Select(MappedAddress.Unmapped).Distinct()],
                }
                : None;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            // A malformed extension names no hosts.
            return None;
        }
    }
}
