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

    /// <summary>
    /// How long the last snapshot may take, by the machine's own time. The host's limit does not count: a drain may have used all of it, and then the counts
    /// would be lost although the disk works.
    /// </summary>
    private static readonly TimeSpan LastSave = TimeSpan.FromSeconds(10);

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
            await store.SaveAsync().WaitAsync(LastSave, TimeProvider.System, CancellationToken.None);
        }
        catch (IOException e)
        {
            logger.LastSnapshotNotWritten(e.Message);
        }
        catch (TimeoutException)
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
