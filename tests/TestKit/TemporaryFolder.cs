namespace ThrottleNet.TestKit;

/// <summary>A folder that is deleted with the test. Other users may read it, because some daemons give up root's rights.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const UnixFileMode ReadableByAll =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public TemporaryFolder() => System.IO.File.SetUnixFileMode(Path, ReadableByAll);

    public string Path { get; } = Directory.CreateTempSubdirectory("throttlenet-").FullName;

    /// <summary>The path of a file or folder in this one.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Creates a folder in this one and gives its path.</summary>
    public string Make(string name) => Directory.CreateDirectory(File(name)).FullName;

    /// <summary>Writes a file in this folder and gives its path.</summary>
    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    /// <summary>Deletes the folder. A service that is about to end may make a file meanwhile.</summary>
    public void Dispose()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
                return;
            }
            catch (IOException) when (attempt < 100)
            {
                // Not empty any more.
            }
        }
    }
}
