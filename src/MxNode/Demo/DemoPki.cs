using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Demo;

/// <summary>The certificate authority of the demo's network. All certificates are valid for a day.</summary>
internal sealed class DemoPki
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(1);

    private readonly string _folder;
    private readonly X509Certificate2 _authority;

    /// <param name="folder">The folder for the PEM files.</param>
    /// <param name="network">The network's name.</param>
    public DemoPki(string folder, string network)
    {
        _folder = folder;
        _authority = CertificateAuthority.Create(network, TimeProvider.System.GetUtcNow(), Validity, NewKey());
        PemFiles.WriteCertificate(Authority, _authority);
    }

    private string Authority => Path.Combine(_folder, "authority.pem");

    /// <summary>Issues a node's certificate.</summary>
    /// <returns>The paths of the three PEM files that the node needs.</returns>
    public (string Certificate, string Key, string Authority) Issue(string name, string owner, bool guard = false)
    {
        var files = (Certificate: Path.Combine(_folder, name + ".pem"), Key: Path.Combine(_folder, name + ".key"), Authority);
        using var key = NewKey();
        using var certificate = new CertificateAuthority(_authority).Issue(name, owner, guard ? [] : [IPAddress.Loopback.ToString()], TimeProvider.System.GetUtcNow(), Validity, key, guard);
        PemFiles.WriteNewKey(files.Key, key);
        PemFiles.WriteCertificate(files.Certificate, certificate);
        return files;
    }

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);
}
