using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The certificate of STARTTLS: from PEM files, read again when they change; without any, a self-signed one made at the
/// first start, which is enough against listeners (RFC 7435).
/// </summary>
internal sealed class ServerCertificate(SmtpOptions options, NodeOptions node, TimeProvider time, InboundLog log)
{
    // A stat a handshake would be cheap, but renewals are not that urgent.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly string _certificate = options.Certificate ?? Path.Combine(node.DataDirectory, "smtp.pem");
    private readonly string _key = options.Key ?? Path.Combine(node.DataDirectory, "smtp.key");
    private SslServerAuthenticationOptions? _tls;
    private (DateTime Certificate, DateTime Key) _stamp;
    private long _looked;

    /// <summary>What a handshake needs, or null when there is no certificate to be had.</summary>
    public SslServerAuthenticationOptions? Current()
    {
        lock (_lock)
        {
            if (_tls is not null && time.GetElapsedTime(_looked) < LookEvery)
            {
                return _tls;
            }

            _looked = time.GetTimestamp();
            try
            {
                Reload();
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
            {
                log.CertificateNotRead(_certificate, e.Message);
            }

            return _tls;
        }
    }

    // Needs the lock.
    private void Reload()
    {
        if (options.Certificate is null && !File.Exists(_certificate))
        {
            MakeSelfSigned();
        }

        var stamp = (File.GetLastWriteTimeUtc(_certificate), File.GetLastWriteTimeUtc(_key));
        if (_tls is not null && stamp == _stamp)
        {
            return;
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificate);
        var leaf = X509Certificate2.CreateFromPemFile(_certificate, _key);
        _tls = new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(leaf, chain, offline: true) };
        _stamp = stamp;
        log.CertificateRead(_certificate, leaf.Subject, leaf.NotAfter.ToUniversalTime());
    }

    // Needs the lock.
    private void MakeSelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={node.HostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(node.HostName);
        request.CertificateExtensions.Add(names.Build());
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        using (var file = new FileStream(_key, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(key.ExportPkcs8PrivateKeyPem());
        }

        AtomicFile.Write(_certificate, file => file.Write(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem())));
    }
}
