using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The certificates of STARTTLS: from PEM files, read again when they change or others are configured. Without files for the first one, a self-signed one,
/// which is enough against listeners (RFC 7435); it is made at the first start, and again when its files are damaged.
/// </summary>
internal sealed class ServerCertificate
{
    // Renewals are not urgent, and reading a pair costs milliseconds.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Live<SmtpOptions> _options;
    private readonly NodeOptions _node;
    private readonly NetworkOptions _network;
    private readonly TimeProvider _time;
    private readonly InboundLog _log;
    private readonly DiskLook _look;
    private List<CertificateFiles> _files = []; // accessed only from a look, of which there is one at a time
    private volatile ServerTlsChoice? _choice;
    private bool _asked;

    public ServerCertificate(Live<SmtpOptions> options, NodeOptions node, NetworkOptions network, TimeProvider time, InboundLog log)
    {
        (_options, _node, _network, _time, _log) = (options, node, network, time, log);
        _look = new DiskLook(LookEvery, time, Look);
    }

    /// <summary>What a handshake needs; null when there is no certificate. Never waits long for the disk, except at the first call, which is made at the node's start.</summary>
    public ServerTlsChoice? Current()
    {
        _look.IfDue(toTheEnd: !Interlocked.Exchange(ref _asked, true));
        return _choice;
    }

    /// <summary>Reads the files now if they have changed, or others are configured.</summary>
    public void Refresh() => _look.Now();

    private void Look()
    {
        var smtp = _options.Current;
        var first = Files(smtp.Certificate ?? Path.Combine(_node.DataDirectory, "smtp.pem"), smtp.Key ?? Path.Combine(_node.DataDirectory, "smtp.key"));
        List<CertificateFiles> files = [first, .. smtp.Certificates.Select(pair => Files(pair.Key, pair.Value))];
        foreach (var pair in files)
        {
            pair.Refresh(_log, before: () =>
            {
                if (pair == first && smtp.Certificate is null && CertificateFiles.WhatIsWrong(pair.Certificate, pair.Key) is not null)
                {
                    MakeSelfSigned(pair);
                }
            });
        }

        // While newly named files cannot be read, the first certificate before stays in use.
        var usable = files.Select(pair => pair == first ? pair.Tls ?? _choice?.All[0] : pair.Tls).OfType<ServerTls>().ToList();
        _choice = usable.Count > 0 ? new ServerTlsChoice(usable) : null;
        _files = files;
    }

    private CertificateFiles Files(string certificate, string key) =>
        _files.Find(known => known.Certificate == certificate && known.Key == key) ?? new CertificateFiles(certificate, key);

    private void MakeSelfSigned(CertificateFiles files)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={_node.HostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in new[] { _node.HostName }.Concat(_network.Names).Distinct())
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        var now = _time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        using (var file = new FileStream(files.Key, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(key.ExportPkcs8PrivateKeyPem());
        }

        AtomicFile.Write(files.Certificate, file => file.Write(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem())));
    }
}
