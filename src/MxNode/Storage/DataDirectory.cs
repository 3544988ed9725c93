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

    /// <summary>Why a node of this user could not write to it, in a few words; null if it could. Nothing is made that stays.</summary>
    public static string? WhatIsWrong(string path)
    {
        // A folder that is still to be made needs a parent to make it in.
        var folder = new DirectoryInfo(path);
        while (!folder.Exists && folder.Parent is { } parent)
        {
            if (File.Exists(folder.FullName))
            {
                return $"{folder.FullName} is a file";
            }

            folder = parent;
        }

        try
        {
            using var probe = new FileStream(Path.Combine(folder.FullName, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{folder.FullName} cannot be written";
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        _directory?.Dispose();
    }
}
