using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ThrottleNet.TestKit;

/// <summary>A certificate authority for servers of the public internet, with one below it that issues.</summary>
internal sealed class WebAuthority
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public WebAuthority(string name = "Test Root")
    {
        Root = MakeAuthority($"CN={name}", null);
        Intermediate = MakeAuthority($"CN={name} Issuing", Root);
    }

    public X509Certificate2 Root { get; }

    /// <summary>Issues the servers' certificates.</summary>
    public X509Certificate2 Intermediate { get; }

    /// <summary>A server's certificate with its key.</summary>
    /// <param name="names">Its DNS names.</param>
    public X509Certificate2 Issue(params string[] names) => Issue(From.AddDays(1), Until.AddDays(-2), names);

    /// <summary>A server's certificate with its key, for a time.</summary>
    public X509Certificate2 Issue(DateTimeOffset from, DateTimeOffset until, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using var issued = request.Create(Intermediate, from, until, RandomNumberGenerator.GetBytes(16));
        return WithKey(issued, key);
    }

    /// <summary>The certificates in PEM, the server's first, as a server's file has them.</summary>
    public string ChainPem(X509Certificate2 certificate) => string.Join('\n', certificate.ExportCertificatePem(), Intermediate.ExportCertificatePem(), Root.ExportCertificatePem()) + "\n";

    /// <summary>A certificate's key in PEM.</summary>
    public static string KeyPem(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey();
        return key!.ExportPkcs8PrivateKeyPem() + "\n";
    }

    /// <summary>A certificate that nobody has issued, and whose alternative names cannot be read.</summary>
    public static X509Certificate2 Unreadable(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", [0x30, 0x7f, 1, 2, 3], critical: false));
        using var made = request.CreateSelfSigned(From, Until);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>A certificate that nobody has issued.</summary>
    public static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(From, Until);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private static X509Certificate2 MakeAuthority(string subject, X509Certificate2? issuer)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (issuer is null)
        {
            return request.CreateSelfSigned(From, Until);
        }

        using var issued = request.Create(issuer, From, Until.AddDays(-1), RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(key);
    }

    // Not every platform's TLS can use a key that is not persisted.
    private static X509Certificate2 WithKey(X509Certificate2 certificate, ECDsa key)
    {
        using var both = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(both.Export(X509ContentType.Pkcs12), null);
    }
}
