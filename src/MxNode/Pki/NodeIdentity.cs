using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Pki;

/// <summary>The identity of a node from its certificate: O in the subject is the operator, CN the node's name; the origin follows from its key.</summary>
internal sealed record NodeIdentity(string Operator, string Name, OriginId Origin)
{
    private const string Organization = "2.5.4.10";
    private const string CommonName = "2.5.4.3";
    private const string OrganizationalUnit = "2.5.4.11";
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>Reads a certificate; null if the subject lacks a name or the key is not on P-256. Does not check the certificate.</summary>
    public static NodeIdentity? Of(X509Certificate2 certificate)
    {
        if (Part(certificate.SubjectName, Organization) is not { } @operator || Part(certificate.SubjectName, CommonName) is not { } name)
        {
            return null;
        }

        using var key = certificate.GetECDsaPublicKey();
        return key?.ExportParameters(false).Curve.Oid.Value == P256
            ? new NodeIdentity(@operator, name, OriginId.OfKey(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
            : null;
    }

    /// <summary>The node, for the log.</summary>
    public string Title => $"{Name} of {Operator}";

    /// <summary>OU in the subject of a guard's certificate.</summary>
    public const string Guard = "guard";

    /// <summary>Whether a certificate is a guard's: its holder may only ask, and cannot link.</summary>
    public static bool IsGuard(X509Certificate2 certificate) => Part(certificate.SubjectName, OrganizationalUnit) == Guard;

    /// <summary>The CN of an authority's subject: the network's name.</summary>
    public static string? NetworkOf(X509Certificate2 authority) => Part(authority.SubjectName, CommonName);

    /// <summary>The OU of a subject; null if there is none.</summary>
    public static string? UnitOf(X509Certificate2 certificate) => Part(certificate.SubjectName, OrganizationalUnit);

    // Exactly one of each: with two it would be unclear which one counts.
    private static string? Part(X500DistinguishedName subject, string oid)
    {
        var parts = subject.EnumerateRelativeDistinguishedNames().Where(p => !p.HasMultipleElements && p.GetSingleElementType().Value == oid).ToList();
        return parts is [var part] && part.GetSingleElementValue() is { Length: > 0 } text ? text : null;
    }
}
