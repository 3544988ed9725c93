using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Logs that this node's certificate expires soon, and that it has expired: without a valid one no other node links with this node.</summary>
internal sealed class CertificateWatch(CredentialStore credentials, ExchangeLog log, NodeHealth health)
    : PeriodicService("watch of this node's certificate", LookEvery, health)
{
    /// <summary>The warnings begin so long before the end: time to get a new certificate from the keeper of the authority.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(30);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SayEvery = TimeSpan.FromDays(1);

    private (DateTimeOffset At, DateTimeOffset End, bool HasEnded) _said;

    /// <summary>Whether the certificate in use has expired.</summary>
    public bool HasEnded => End <= Time.GetUtcNow();

    /// <summary>When the certificate in use becomes valid, if that is in the future by this node's clock; else null.</summary>
    public DateTimeOffset? NotValidBefore => new DateTimeOffset(credentials.Current().Certificate.NotBefore) is var start && start > Time.GetUtcNow() ? start : null;

    protected override bool TicksAtStart => true;

    private DateTimeOffset End => new(credentials.Current().Certificate.NotAfter);

    /// <summary>Logs the state of the certificate if it is due: once a day, and at once when the state has changed.</summary>
    public void Look()
    {
        var (now, end) = (Time.GetUtcNow(), End);
        var ended = end <= now;
        if (end - now > Notice || (_said.End == end && _said.HasEnded == ended && now - _said.At < SayEvery))
        {
            return;
        }

        _said = (now, end, ended);
        if (ended)
        {
            log.CertificateEnded(end.UtcDateTime);
        }
        else
        {
            log.CertificateEnds(end.UtcDateTime, (int)(end - now).TotalDays);
        }
    }

    protected override Task TickAsync(CancellationToken stopping)
    {
        Look();
        return Task.CompletedTask;
    }
}
