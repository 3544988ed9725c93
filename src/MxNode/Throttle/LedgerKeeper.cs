using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>Reads the ledger's snapshot before the node serves, writes one every so often and at the end, and sweeps out what decayed.</summary>
internal sealed class LedgerKeeper(
    Ledger ledger, RetryMemory retries, ThrottleOptions options, LedgerAttachment attachment, string path, TimeProvider time, ILogger<LedgerKeeper> logger) : BackgroundService
{
    /// <summary>Rows live for days and retries for hours, so this frees memory soon enough; a sweep of ten million rows takes a fraction of a second.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(10);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        var reading = LedgerSnapshot.Read(ledger, path);
        attachment.Restored = reading.Attachment;
        if (reading.Fault is not null)
        {
            logger.SnapshotUnusable(path, reading.Fault);
        }
        else if (reading.Rows > 0)
        {
            logger.CountsRestored(reading.Rows, reading.Age);
        }

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
                    ledger.Sweep();
                    retries.Sweep(ledger.Now);
                }

                await SaveAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: StopAsync writes the last snapshot, when nothing counts any more.
        }
    }

    private async Task SaveAsync()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            LedgerSnapshot.Write(ledger, path, await attachment.ExportAsync());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.SnapshotNotWritten(path, e.Message);
        }
    }
}
