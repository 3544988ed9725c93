namespace ThrottleNet.Real.Tests.Harness;

/// <summary>A folder of a test's own, gone after it. Other users may look into it: daemons drop root's rights.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const UnixFileMode EverybodyMayLook =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public TemporaryFolder() => System.IO.File.SetUnixFileMode(Path, EverybodyMayLook);

    public string Path { get; } = Directory.CreateTempSubdirectory("throttlenet-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Make(string name) => Directory.CreateDirectory(File(name)).FullName;

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
