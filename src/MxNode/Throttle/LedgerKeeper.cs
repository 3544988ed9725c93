using ThrottleNet.Counting;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>Reads the stored counts before the node serves, writes them in intervals and at the end, and reclaims memory.</summary>
/// <param name="path">The snapshot's file.</param>
internal sealed class LedgerKeeper(
    CountingEngine engine, CountingClock clock, ThrottleOptions options, LedgerAttachment attachment, string path, NodeHealth health, ILogger<LedgerKeeper> logger)
    : PeriodicService("stored counts", options.SnapshotInterval, health)
{
    /// <summary>Rows live for days and retries for hours, so this frees memory soon enough. A sweep of ten million rows takes a fraction of a second.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(10);

    private long? _lastSweep;

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
        try
        {
            await SaveAsync().WaitAsync(cancellationToken);
        }
        catch (IOException e)
        {
            logger.LastSnapshotNotWritten(e.Message);
        }
        catch (OperationCanceledException)
        {
            logger.LastSnapshotNotWritten($"the disk did not take the snapshot {path} in time; the one before it is used at the next start");
        }
    }

    protected override async Task TickAsync(CancellationToken stopping)
    {
        if (_lastSweep is not { } last || Time.GetElapsedTime(last) >= SweepInterval)
        {
            _lastSweep = Time.GetTimestamp();
            engine.Sweep(clock.Now);
        }

        await SaveAsync();
    }

    /// <exception cref="IOException">The snapshot cannot be written.</exception>
    private async Task SaveAsync()
    {
        try
        {
            var attached = await attachment.ExportAsync();
            await DiskThread.RunAsync(() =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                LedgerFile.Write(engine, path, clock.Now, attached);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"the snapshot {path} cannot be written, so a restart would lose the counts: {e.Message}", e);
        }
    }
}
