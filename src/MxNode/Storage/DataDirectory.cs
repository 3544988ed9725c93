using Microsoft.Win32.SafeHandles;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Storage;

/// <summary>A node's data directory, held by one process at a time.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly SafeFileHandle? _directory;
    private readonly FileStream _lock;

    private DataDirectory(SafeFileHandle? directory, FileStream held) => (_directory, _lock) = (directory, held);

    /// <exception cref="StartException">It cannot be made, another node holds it, or a newer program wrote it.</exception>
    public static DataDirectory Open(string path)
    {
        SafeFileHandle? directory = null;
        try
        {
            Directory.CreateDirectory(path);
            directory = DirectoryLock.Hold(path);

            DataFormat.Expect(path);
            DataFormat.Stamp(path);

            // The directory is enough where the system can lock it. Earlier versions lock this file only.
            return new DataDirectory(directory, new FileStream(Path.Combine(path, "node.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (StartException)
        {
            directory?.Dispose();
            throw;
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

    /// <summary>Tries whether a node of this user could read and write every file in a data directory. One that does not exist yet is usable.</summary>
    /// <exception cref="StartException">A file could not be read or written, or a newer program wrote it.</exception>
    public static void ExpectUsable(string path)
    {
        DataFormat.Expect(path);
        foreach (var file in Directory.Exists(path) ? Directory.EnumerateFiles(path) : [])
        {
            try
            {
                using var open = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (UnauthorizedAccessException e)
            {
                throw new StartException($"Node:DataDirectory: {file} cannot be read and written; give it to the node's user", e);
            }
            catch (IOException)
            {
                // A running node holds it, or has removed it.
            }
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        _directory?.Dispose();
    }
}
