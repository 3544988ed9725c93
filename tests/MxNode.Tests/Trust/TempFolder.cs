namespace ThrottleNet.MxNode.Tests.Trust;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("throttlenet-trust-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
