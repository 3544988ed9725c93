using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Storage;

/// <summary>A node's data directory, held by one process at a time.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectory(FileStream held) => _lock = held;

    /// <exception cref="StartException">It cannot be made, or another node holds it.</exception>
    public static DataDirectory Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return new DataDirectory(new FileStream(Path.Combine(path, "node.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"Node:DataDirectory: {path} cannot be used ({e.Message.TrimEnd('.')}); stop the other node, or name a folder this one may write", e);
        }
    }

    public void Dispose() => _lock.Dispose();
}
