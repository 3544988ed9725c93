using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>Reads the stored counts before the node serves, writes them in intervals and at the end, and reclaims memory.</summary>
internal sealed class LedgerKeeper(
    LedgerStore store, CountingEngine engine, CountingClock clock, ThrottleOptions options, TimeProvider time, ILogger<LedgerKeeper> logger)
    : BackgroundService
{
    /// <summary>Rows live for days and retries for hours, so this frees memory soon enough. A sweep of ten million rows takes a fraction of a second.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(10);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        store.Restore();
        foreach (var setting in options.WithoutEffect("Throttle"))
        {
            logger.SettingWithoutEffect(setting);
        }

        engine.Sweep(clock.Now);
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await store.SaveAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SnapshotInterval, time);
        var lastSweep = time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (time.GetElapsedTime(lastSweep) >= SweepInterval)
                {
                    lastSweep = time.GetTimestamp();
                    engine.Sweep(clock.Now);
                }

                await store.SaveAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: StopAsync writes the last snapshot, when nothing is counted any more.
        }
    }
}
