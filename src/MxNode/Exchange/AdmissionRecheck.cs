namespace ThrottleNet.MxNode.Exchange;

/// <summary>Has the core check all certificates again when this node's credentials were read again: the authority may have changed.</summary>
internal sealed class AdmissionRecheck(CredentialStore credentials, ExchangeInputs inputs, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var known = credentials.Initial;
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (credentials.Current() is var current && current != known)
                {
                    known = current;
                    await inputs.PostAsync((core, now) => core.Recheck(now));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
