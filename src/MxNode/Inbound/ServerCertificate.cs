using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The certificate of STARTTLS: from PEM files, read again when they change; the last good pair stays in use while they cannot be read.
/// Without files, a self-signed one, which is enough against listeners (RFC 7435); it is made at the first start, and again when its
/// files are damaged.
/// </summary>
internal sealed class ServerCertificate(SmtpOptions options, NodeOptions node, TimeProvider time, InboundLog log)
{
    // Renewals are not urgent, and reading a pair costs milliseconds.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly string _certificate = options.Certificate ?? Path.Combine(node.DataDirectory, "smtp.pem");
    private readonly string _key = options.Key ?? Path.Combine(node.DataDirectory, "smtp.key");
    private SslServerAuthenticationOptions? _tls;
    private (DateTime Certificate, DateTime Key) _stamp;
    private long? _looked;
    private string? _fault;

    /// <summary>What a handshake needs; null when there is no certificate.</summary>
    public SslServerAuthenticationOptions? Current()
    {
        lock (_lock)
        {
            if (_looked is { } looked && time.GetElapsedTime(looked) < LookEvery)
            {
                return _tls;
            }

            _looked = time.GetTimestamp();
            try
            {
                ReloadOrMake();
                _fault = null;
            }
            catch (Exception e) when (IsBadPair(e))
            {
                if (e.Message != _fault)
                {
                    _fault = e.Message;
                    log.CertificateNotRead(_certificate, e.Message);
                }
            }

            return _tls;
        }
    }

    /// <summary>Why two files are not a certificate and its key; null if they are.</summary>
    public static string? WhatIsWrong(string certificate, string key)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPemFile(certificate, key);
            return null;
        }
        catch (Exception e) when (IsBadPair(e))
        {
            return e.Message;
        }
    }

    private static bool IsBadPair(Exception e) => e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException;

    // Needs the lock.
    private void ReloadOrMake()
    {
        if (options.Certificate is null && WhatIsWrong(_certificate, _key) is not null)
        {
            MakeSelfSigned();
        }

        Reload();
    }

    // Needs the lock.
    private void Reload()
    {
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
