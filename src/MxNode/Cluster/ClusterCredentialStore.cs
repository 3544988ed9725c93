using Orleans.Connections.Security;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// This node's certificate in the cluster and the cluster's authority, read again when their files change. New connections use the new ones; open ones stay.
/// Thread-safe.
/// </summary>
internal sealed class ClusterCredentialStore
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly ClusterOptions _options;
    private readonly ClusterLog _log;
    private readonly TimeProvider _time;
    private readonly DiskLook _look;
    private volatile ClusterCredentials? _current;
    private string? _stamp;
    private string? _failure;

    /// <exception cref="StartException">A file cannot be used, or is not of this cluster.</exception>
    public ClusterCredentialStore(ClusterOptions options, ClusterLog log, TimeProvider time)
    {
        (_options, _log, _time) = (options, log, time);
        _look = new DiskLook(LookEvery, time, Look);
        if (options.HasCertificate)
        {
            _stamp = Stamp();
            _current = ClusterCredentials.Read(options, time);
        }
    }

    /// <summary>The credentials in use; null if the configuration names none. Never waits long for the disk.</summary>
    public ClusterCredentials? Current()
    {
        if (_options.HasCertificate)
        {
            _look.IfDue();
        }

        return _current;
    }

    /// <summary>Sets up a silo's connections: each uses the credentials of its moment.</summary>
    public void Use(TlsOptions tls)
    {
        tls.LocalCertificate = Current()!.Certificate; // only checked to be there: the selectors replace it
        tls.LocalServerCertificateSelector = (_, _) => Current()!.Certificate;
        tls.LocalClientCertificateSelector = (_, _, _, _, _) => Current()!.Certificate;
        tls.SslProtocols = System.Security.Authentication.SslProtocols.Tls13;
        tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.RemoteCertificateValidation = (remote, _, _) => Current()!.Admits(remote);
        tls.OnAuthenticateAsClient = (_, client) => client.TargetHost = _options.Name;
    }

    // One at a time. A failed read is repeated each time; the log gets each failure once.
    private void Look()
    {
        try
        {
            var stamp = Stamp();
            if (stamp == _stamp)
            {
                _failure = null;
                return;
            }

            var renewed = ClusterCredentials.Read(_options, _time)!;
            (_stamp, _failure, _current) = (stamp, null, renewed);
            _log.CertificateRead(_options.Certificate!, renewed.Certificate.NotAfter.ToUniversalTime());
        }
        catch (Exception e) when (e is StartException or IOException or UnauthorizedAccessException)
        {
            if (_failure != e.Message)
            {
                _failure = e.Message;
                _log.NotRenewed(e.Message);
            }
        }
    }

    private string Stamp() => PemFiles.StampOf(_options.Certificate!, _options.Key!, _options.Authority!);
}
