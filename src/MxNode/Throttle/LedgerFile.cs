using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>The file with the stored counts.</summary>
internal static class LedgerFile
{
    /// <summary>Where a snapshot is written before it gets its name; a crash can leave one.</summary>
    public static string TemporaryPath(string path) => path + ".new";

    /// <summary>Writes a snapshot beside the old one, forces it to the disk, and then replaces the old one.</summary>
    /// <exception cref="IOException">The disk is full, or the like; the old snapshot is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    /// <param name="attachment">Stored with the counts, and given back with them.</param>
    public static void Write(CountingEngine engine, string path, long now, ReadOnlySpan<byte> attachment = default)
    {
        var temporary = TemporaryPath(path);
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
        {
            engine.WriteTo(file, now, attachment);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>
    /// Adds the rows of a snapshot to a new engine, and removes what an interrupted <see cref="Write"/> left. No file at all is no fault.
    /// Never throws for what the file holds.
    /// </summary>
    /// <param name="present">Gives the present, from the moment at which the snapshot was written.</param>
    public static SnapshotReading Read(CountingEngine engine, string path, Func<long, long> present)
    {
        try
        {
            File.Delete(TemporaryPath(path));
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
            return engine.ReadFrom(file, present);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new SnapshotReading(0, TimeSpan.Zero, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SnapshotReading(0, TimeSpan.Zero, e.Message);
        }
    }
}
