namespace ThrottleNet.MxNode.Exchange;

/// <summary>Looks for peers repeatedly, and gives the core their addresses.</summary>
internal sealed class PeerSearch(PeerFinder finder, ExchangeInputs inputs, ExchangeLog log, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(await SearchAsync(stoppingToken), time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    // A failed search is logged and repeated; it does not end this service.
    private async Task<TimeSpan> SearchAsync(CancellationToken stopping)
    {
        try
        {
            var (addresses, lookAgain) = await finder.FindAsync(stopping);
            await inputs.PostAsync((core, now) => core.Know(now, addresses));
            return lookAgain;
        }
        catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            log.NotFound(AfterFailure, e);
            return AfterFailure;
        }
    }
}
