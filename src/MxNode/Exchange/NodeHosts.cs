using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The addresses and names of a node, as certified by the authority (RFC 5280, section 4.2.1.6).</summary>
/// <param name="Addresses">IPv4-mapped IPv6 is IPv4.</param>
/// <param name="Names">In canonical form, none of them with a wildcard.</param>
internal sealed record NodeHosts(ImmutableArray<IPAddress> Addresses, ImmutableArray<string> Names)
{
    /// <summary>The most addresses, and the most names: a node needs no more, and each name costs look-ups.</summary>
    public const int Most = 16;

    public static readonly NodeHosts None = new([], []);

    public static NodeHosts Of(X509Certificate2 certificate)
    {
        try
        {
            return certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names
                ? new(
                    [.. names.EnumerateIPAddresses().Take(Most).Select(MappedAddress.Unmapped).Distinct()],
                    [.. names.EnumerateDnsNames().Take(Most).Select(DnsName.Canonical).Where(name => DnsName.IsValid(name) && !name.Contains('*', StringComparison.Ordinal)).Distinct()])
                : None;
        }
        catch (CryptographicException)
        {
            // A malformed extension counts as empty.
            return None;
        }
    }
}
