using Microsoft.Win32.SafeHandles;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Storage;

/// <summary>A node's data directory, held by one process at a time.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly SafeFileHandle? _directory;
    private readonly FileStream _lock;

    private DataDirectory(SafeFileHandle? directory, FileStream held) => (_directory, _lock) = (directory, held);

    /// <exception cref="StartException">It cannot be made, or another node holds it.</exception>
    public static DataDirectory Open(string path)
    {
        SafeFileHandle? directory = null;
        try
        {
            Directory.CreateDirectory(path);
            directory = DirectoryLock.Hold(path);

            // The directory is enough where the system can lock it. Earlier versions lock this file only.
            return new DataDirectory(directory, new FileStream(Path.Combine(path, "node.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            directory?.Dispose();
            throw new StartException($"Node:DataDirectory: {path} cannot be used ({e.Message.TrimEnd('.')}); stop the other node, or name a folder this one may write", e);
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        _directory?.Dispose();
    }
}
