namespace ThrottleNet.MxNode.Storage;

/// <summary>Files that are whole at every moment: written beside, synced, and moved into place.</summary>
internal static class AtomicFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes a file that all users may read. Replaces an existing file.</summary>
    public static void Write(string path, Action<Stream> write) => Write(path, write, Public, overwrite: true);

    /// <summary>Writes a file that only its owner may read, mode 0600. Throws <see cref="IOException"/> if the file exists.</summary>
    public static void WriteSecret(string path, ReadOnlySpan<byte> content)
    {
        var octets = content.ToArray();
        Write(path, stream => stream.Write(octets), Private, overwrite: false);
    }

    private static void Write(string path, Action<Stream> write, UnixFileMode mode, bool overwrite)
    {
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = mode;
            }

            using (var stream = new FileStream(beside, options))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(beside, path, overwrite);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
