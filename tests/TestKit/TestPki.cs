using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.TestKit;

/// <summary>A network's certificate authority and the certificates that it issues, as files in a temporary folder.</summary>
internal sealed class TestPki : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly X509Certificate2 _authority;

    /// <param name="isCluster">It is a cluster's, and <paramref name="network"/> the cluster's name.</param>
    public TestPki(string network = "test.net", bool isCluster = false)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _authority = CertificateAuthority.Create(network, TimeProvider.System.GetUtcNow().AddDays(-50), TimeSpan.FromDays(100), key, isCluster);
        PemFiles.WriteCertificate(Authority, _authority);
    }

    public string Authority => File("authority.pem");

    public string File(string name) => _folder.File(name);

    /// <summary>Writes NAME.pem and NAME.key. If the key exists already, only the certificate is renewed.</summary>
    /// <param name="host">The address or name by which others reach the node; null: none.</param>
    /// <param name="validity">Ten days if null.</param>
    /// <param name="at">When the certificate becomes valid; now if null.</param>
    /// <param name="more">Further host names.</param>
    public (string Certificate, string Key) Issue(string name, string @operator, string? host = "127.0.0.1", TimeSpan? validity = null, DateTimeOffset? at = null, bool guard = false, params string[] more)
    {
        var (pem, key) = (File(name + ".pem"), File(name + ".key"));
        var renewed = System.IO.File.Exists(key);
        using var secret = renewed ? PemFiles.ReadKey(key) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateAuthority(_authority).Issue(
            name, @operator, host is null ? more : [host, .. more], at ?? TimeProvider.System.GetUtcNow(), validity ?? TimeSpan.FromDays(10), secret, guard);
        if (!renewed)
        {
            PemFiles.WriteNewKey(key, secret);
        }

        PemFiles.WriteCertificate(pem, certificate);
        return (pem, key);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }
}
