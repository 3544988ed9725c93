using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ThrottleNet.MxNode.Pki;

/// <summary>Makes a network's authority, and issues its nodes' certificates (RFC 5280): ECDSA with P-256 and SHA-256.</summary>
internal sealed class CertificateAuthority(X509Certificate2 certificate)
{
    /// <summary>The longest CN and O that X.509 allows (RFC 5280, appendix A.1).</summary>
    public const int MaxName = 64;

    // The clock of a node that checks the certificate may be behind.
    private static readonly TimeSpan Backdated = TimeSpan.FromHours(1);

    /// <summary>The OU of a cluster's authority.</summary>
    public const string ClusterUnit = "ThrottleNet cluster authority";

    /// <summary>A new authority; it signs nodes and no further authorities.</summary>
    /// <param name="isCluster">It is a cluster's, and <paramref name="network"/> the cluster's name.</param>
    public static X509Certificate2 Create(string network, DateTimeOffset now, TimeSpan validity, ECDsa key, bool isCluster = false)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationalUnitName(isCluster ? ClusterUnit : "ThrottleNet authority");
        subject.AddCommonName(network);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority(pathLengthConstraint: 0));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now - Backdated, now + validity);
    }

    /// <summary>A node's certificate, without its key. It expires no later than the authority's.</summary>
    /// <param name="hosts">IP addresses and DNS names by which others reach the node, and <see cref="EgressNames"/>; none for a node that only connects to others.</param>
    /// <param name="guard">Its holder may ask other nodes, and may neither serve nor count (OU=guard).</param>
    public X509Certificate2 Issue(
        string name, string @operator, IReadOnlyList<string> hosts, DateTimeOffset now, TimeSpan validity, ECDsa key, bool guard = false)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationName(@operator);
        if (guard)
        {
            subject.AddOrganizationalUnitName(NodeIdentity.Guard);
        }

        subject.AddCommonName(name);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForEndEntity(critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(guard ? [new Oid(NetworkAuthority.ClientUse)] : [new Oid(NetworkAuthority.ServerUse), new Oid(NetworkAuthority.ClientUse)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (hosts.Count > 0)
        {
            request.CertificateExtensions.Add(AlternativeNames(hosts));
        }

        var from = Later(now - Backdated, certificate.NotBefore);
        var until = now + validity < certificate.NotAfter ? now + validity : certificate.NotAfter;
        return request.Create(certificate, from, until, SerialNumber());
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static X509Extension AlternativeNames(IReadOnlyList<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else if (EgressNames.IsEgress(host))
            {
                names.AddUri(new Uri(host));
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return names.Build();
    }

    // Positive, and of 127 random bits (RFC 5280, section 4.1.2.2).
    private static byte[] SerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        return serial;
    }
}
