namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>A folder of a test's own, gone after it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("throttlenet-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
