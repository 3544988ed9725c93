using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>Reads and writes the stored counts. A file that cannot be read or written is logged; the node goes on without it.</summary>
/// <param name="path">The snapshot's file.</param>
internal sealed class LedgerStore(CountingEngine engine, CountingClock clock, LedgerAttachment attachment, string path, ILogger<LedgerStore> logger)
{
    /// <summary>Adds the stored counts to the engine.</summary>
    public void Restore()
    {
        var reading = LedgerFile.Read(engine, path, clock.Now);
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

    /// <summary>Writes all counts.</summary>
    public async Task SaveAsync()
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
