using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The certificate of STARTTLS: from PEM files, read again when they change; the last good pair stays in use while they cannot be read.
/// Without files, a self-signed one, which is enough against listeners (RFC 7435); it is made at the first start, and again when its
/// files are damaged.
/// </summary>
internal sealed class ServerCertificate
{
    // Renewals are not urgent, and reading a pair costs milliseconds.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Live<SmtpOptions> _options;
    private readonly string _dataDirectory;
    private readonly string _hostName;
    private readonly TimeProvider _time;
    private readonly InboundLog _log;
    private readonly DiskLook _look;
    private volatile SslServerAuthenticationOptions? _tls;
    private string? _stamp;
    private string? _fault;
    private bool _asked;

    public ServerCertificate(Live<SmtpOptions> options, NodeOptions node, TimeProvider time, InboundLog log)
    {
        (_options, _dataDirectory, _hostName, _time, _log) = (options, node.DataDirectory, node.HostName, time, log);
        _look = new DiskLook(LookEvery, time, Look);
    }

    /// <summary>What a handshake needs; null when there is no certificate. Never waits long for the disk, except at the first call, which is made at the node's start.</summary>
    public SslServerAuthenticationOptions? Current()
    {
        _look.IfDue(toTheEnd: !Interlocked.Exchange(ref _asked, true));
        return _tls;
    }

    /// <summary>Reads the files now if they have changed, or others are configured.</summary>
    public void Refresh() => _look.Now();

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

    private string CertificateFile => _options.Current.Certificate ?? Path.Combine(_dataDirectory, "smtp.pem");

    private string KeyFile => _options.Current.Key ?? Path.Combine(_dataDirectory, "smtp.key");

    private static bool IsBadPair(Exception e) => e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException;

    private void Look()
    {
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
                _log.CertificateNotRead(CertificateFile, e.Message);
            }
        }
    }

    private void ReloadOrMake()
    {
        if (_options.Current.Certificate is null && WhatIsWrong(CertificateFile, KeyFile) is not null)
        {
            MakeSelfSigned();
        }

        Reload();
    }

    private void Reload()
    {
        var (certificate, key) = (CertificateFile, KeyFile);
        var stamp = PemFiles.StampOf(certificate, key);
        if (_tls is not null && stamp == _stamp)
        {
            return;
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        var leaf = X509Certificate2.CreateFromPemFile(certificate, key);
        _tls = new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(leaf, chain, offline: true) };
        _stamp = stamp;
        _log.CertificateRead(certificate, leaf.Subject, leaf.NotAfter.ToUniversalTime());
    }

    private void MakeSelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={_hostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(_hostName);
        request.CertificateExtensions.Add(names.Build());
        var now = _time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        using (var file = new FileStream(KeyFile, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(key.ExportPkcs8PrivateKeyPem());
        }

        AtomicFile.Write(CertificateFile, file => file.Write(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem())));
    }
}
