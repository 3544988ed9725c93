using System.Security.Cryptography;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// The node's credentials, read again when their files change; new connections use the new ones. The key is the node's identity while the
/// process runs: a certificate for another key is used from the next start on.
/// </summary>
internal sealed class CredentialStore
{
    // Renewals are not urgent, so the files are read only so often.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Live<ExchangeOptions> _options;
    private readonly TimeProvider _time;
    private readonly ExchangeLog _log;
    private readonly DiskLook _look;
    private volatile NodeCredentials _current;
    private string _stamp;
    private string? _failure;

    /// <exception cref="StartException">A file cannot be used; the message names it.</exception>
    public CredentialStore(Live<ExchangeOptions> options, TimeProvider time, ExchangeLog log)
    {
        (_options, _time, _log) = (options, time, log);
        _look = new DiskLook(LookEvery, time, Look);
        _stamp = Stamp();
        try
        {
            Initial = _current = NodeCredentials.Read(options.Current, time.GetUtcNow());
        }
        catch (CryptographicException e)
        {
            throw new StartException(e.Message, e);
        }

        log.CertificateRead(Initial.Self.Name, Initial.Self.Operator, Initial.Authority.Network, Initial.Certificate.NotAfter.ToUniversalTime());
        if (time.GetUtcNow() < Initial.Certificate.NotBefore)
        {
            log.ClockBeforeCertificate(Initial.Certificate.NotBefore.ToUniversalTime());
        }

        if (PemFiles.IsOpenToOthers(options.Current.Key!))
        {
            log.KeyOpen(options.Current.Key!);
        }
    }

    /// <summary>The credentials at the start, which are this node's identity.</summary>
    public NodeCredentials Initial { get; }

    /// <summary>The credentials in use. Never waits long for the disk.</summary>
    public NodeCredentials Current()
    {
        _look.IfDue();
        return _current;
    }

    /// <summary>Reads the files now if they have changed, or others are configured.</summary>
    public void Refresh() => _look.Now();

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

            var renewed = NodeCredentials.Read(_options.Current, _time.GetUtcNow());
            _stamp = stamp;
            _failure = null;
            if (renewed.Self != Initial.Self || renewed.Authority.Network != Initial.Authority.Network)
            {
                _log.OtherIdentity(_options.Current.Certificate!);
                return;
            }

            _current = renewed;
            _log.CertificateRead(renewed.Self.Name, renewed.Self.Operator, renewed.Authority.Network, renewed.Certificate.NotAfter.ToUniversalTime());
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            if (_failure != e.Message)
            {
                _failure = e.Message;
                _log.NotRenewed(e.Message);
            }
        }
    }

    private string Stamp() => PemFiles.StampOf(_options.Current.Certificate!, _options.Current.Key!, _options.Current.Authority!);
}
