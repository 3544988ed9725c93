using ThrottleNet.Counting;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>Reads the stored counts before the node serves, writes them in intervals and at the end, and reclaims memory.</summary>
internal sealed class LedgerKeeper(
    LedgerStore store, CountingEngine engine, CountingClock clock, ThrottleOptions options, NodeHealth health, ILogger<LedgerKeeper> logger)
    : PeriodicService("stored counts", options.SnapshotInterval, health)
{
    /// <summary>Rows live for days and retries for hours, so this frees memory soon enough. A sweep of ten million rows takes a fraction of a second.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(10);

    private long? _lastSweep;

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
        try
        {
            await store.SaveAsync().WaitAsync(cancellationToken);
        }
        catch (IOException e)
        {
            logger.LastSnapshotNotWritten(e.Message);
        }
        catch (OperationCanceledException)
        {
            logger.LastSnapshotNotWritten("the disk did not take the counts in time; those stored before are used at the next start");
        }
    }

    protected override async Task TickAsync(CancellationToken stopping)
    {
        if (_lastSweep is not { } last || Time.GetElapsedTime(last) >= SweepInterval)
        {
            _lastSweep = Time.GetTimestamp();
            engine.Sweep(clock.Now);
        }

        await store.SaveAsync();
    }
}
