using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>An authority and what it issues, as files in a folder of its own.</summary>
internal sealed class TestPki : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("throttlenet-").FullName;
    private readonly X509Certificate2 _authority;

    public TestPki(string network = "test.net")
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _authority = CertificateAuthority.Create(network, TimeProvider.System.GetUtcNow().AddDays(-50), TimeSpan.FromDays(100), key);
        PemFiles.WriteCertificate(Authority, _authority);
    }

    public string Authority => File("authority.pem");

    public string File(string name) => Path.Combine(_folder, name);

    /// <summary>Makes NAME.pem and NAME.key; for a key that is there, only the certificate.</summary>
    public (string Certificate, string Key) Issue(string name, string @operator, string host = "127.0.0.1", TimeSpan? validity = null, DateTimeOffset? at = null, bool guard = false, params string[] more)
    {
        var (pem, key) = (File(name + ".pem"), File(name + ".key"));
        var renewed = System.IO.File.Exists(key);
        using var secret = renewed ? PemFiles.ReadKey(key) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateAuthority(_authority).Issue(
            name, @operator, [host, .. more], at ?? TimeProvider.System.GetUtcNow(), validity ?? TimeSpan.FromDays(10), secret, guard);
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
        Directory.Delete(_folder, recursive: true);
    }
}
