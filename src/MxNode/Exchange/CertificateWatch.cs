namespace ThrottleNet.MxNode.Exchange;

/// <summary>Says in good time that this node's certificate runs out, and that it has: without one the node is alone, however well it runs.</summary>
internal sealed class CertificateWatch(CredentialStore credentials, ExchangeLog log, TimeProvider time) : BackgroundService
{
    /// <summary>Before the end: time enough to get a new one from whoever keeps the authority.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(30);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SayEvery = TimeSpan.FromDays(1);

    private (DateTimeOffset At, DateTimeOffset End, bool HasEnded) _said;

    /// <summary>Whether the certificate that is in use is good no longer.</summary>
    public bool HasEnded => End <= time.GetUtcNow();

    private DateTimeOffset End => new(credentials.Current().Certificate.NotAfter);

    /// <summary>Says what is to be said now, once a day, and at once when it is something else.</summary>
    public void Look()
    {
        var (now, end) = (time.GetUtcNow(), End);
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        do
        {
            Look();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
