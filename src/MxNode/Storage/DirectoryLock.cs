using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ThrottleNet.MxNode.Storage;

/// <summary>Holds a directory itself by flock(2). A lock on a file in it ends when the file is deleted; this one does not.</summary>
internal static class DirectoryLock
{
    private const int Directory = 0x10000;
    private const int CloseOnExec = 0x80000;
    private const int DirectoryOnArm = 0x4000;
    private const int ExclusiveNow = 2 | 4;
    private const int WouldBlock = 11;

    /// <returns>Holds the lock until it is disposed of; null on systems without flock, and on file systems that have none.</returns>
    /// <exception cref="IOException">Another process holds the directory.</exception>
    public static SafeFileHandle? Hold(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var directory = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? DirectoryOnArm : Directory;
        var handle = new SafeFileHandle(Open(path, directory | CloseOnExec), ownsHandle: true);
        if (handle.IsInvalid)
        {
            handle.Dispose();
            return null;
        }

        if (Lock(handle, ExclusiveNow) == 0)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == WouldBlock ? throw new IOException("another node holds it", new Win32Exception(error)) : null;
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Lock(SafeFileHandle file, int operation);
}
