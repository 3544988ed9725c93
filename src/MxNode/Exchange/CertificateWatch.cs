using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Logs that this node's certificate expires soon, and that it has expired: without a valid one no other node links with this node.</summary>
internal sealed class CertificateWatch(CredentialStore credentials, ExchangeLog log, NodeHealth health)
    : PeriodicService("watch of this node's certificate", LookEvery, health)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly ExpiryNotices _notices = new(health.Time);

    /// <summary>Whether the certificate in use has expired.</summary>
    public bool HasEnded => End <= Time.GetUtcNow();

    /// <summary>When the certificate in use becomes valid, if that is in the future by this node's clock; else null.</summary>
    public DateTimeOffset? NotValidBefore => new DateTimeOffset(credentials.Current().Certificate.NotBefore) is var start && start > Time.GetUtcNow() ? start : null;

    protected override bool TicksAtStart => true;

    private DateTimeOffset End => new(credentials.Current().Certificate.NotAfter);

    /// <summary>Logs the state of the certificate if it is due.</summary>
    public void Look() => _notices.Say(End, log.CertificateEnds, log.CertificateEnded);

    protected override Task TickAsync(CancellationToken stopping)
    {
        Look();
        return Task.CompletedTask;
    }
}
