using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>Reads the stored counts before the node serves, writes them in intervals and at the end, and reclaims memory.</summary>
/// <param name="path">The snapshot's file.</param>
internal sealed class LedgerKeeper(
    CountingEngine engine, CountingClock clock, ThrottleOptions options, LedgerAttachment attachment, string path, TimeProvider time, ILogger<LedgerKeeper> logger)
    : BackgroundService
{
    /// <summary>Rows live for days and retries for hours, so this frees memory soon enough. A sweep of ten million rows takes a fraction of a second.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(10);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        var before = clock.Now;
        var reading = LedgerFile.Read(engine, path, clock.ContinueFrom);
        if (TimeSpan.FromMilliseconds(clock.Now - before) is var lead && lead > WallClock.Tolerance)
        {
            logger.ClockBehindCounts(lead);
        }

        attachment.Restored = reading.Attachment;
        if (reading.Fault is not null)
        {
            logger.SnapshotUnusable(path, reading.Fault);
        }
        else if (reading.Rows > 0)
        {
            logger.CountsRestored(reading.Rows, reading.Age);
        }

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
        await SaveAsync();
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

                await SaveAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: StopAsync writes the last snapshot, when nothing is counted any more.
        }
    }

    private async Task SaveAsync()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            LedgerFile.Write(engine, path, clock.Now, await attachment.ExportAsync());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.SnapshotNotWritten(path, e.Message);
        }
    }
}
