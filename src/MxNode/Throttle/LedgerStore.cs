using ThrottleNet.Counting;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>Reads and writes the stored counts. A file that cannot be read is logged; the node goes on without it.</summary>
/// <param name="path">The snapshot's file.</param>
internal sealed class LedgerStore(CountingEngine engine, CountingClock clock, LedgerAttachment attachment, string path, ILogger<LedgerStore> logger)
{
    /// <summary>Adds the stored counts to the engine.</summary>
    public void Restore()
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
    }

    /// <summary>Writes all counts, on a thread of its own.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public async Task SaveAsync()
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
