using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Logs that this node's certificate in the cluster expires soon, and that it has expired: without a valid one no other node connects with this one.</summary>
internal sealed class ClusterCertificateWatch(ClusterOptions options, ClusterCredentialStore credentials, ClusterLog log, NodeHealth health)
    : PeriodicService("watch of the cluster's certificate", LookEvery, health)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly ExpiryNotices _notices = new(health.Time);

    protected override bool TicksAtStart => true;

    /// <summary>Logs the state of the certificate if it is due.</summary>
    public void Look()
    {
        if (credentials.Current() is { } current)
        {
            _notices.Say(
                current.Certificate.NotAfter, (end, days) => log.CertificateEnds(options.Certificate!, end, days), end => log.CertificateEnded(options.Certificate!, end));
        }
    }

    protected override Task TickAsync(CancellationToken stopping)
    {
        Look();
        return Task.CompletedTask;
    }
}
