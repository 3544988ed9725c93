using Microsoft.Win32.SafeHandles;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Keeps the texts of messages while they are on their way: a number of octets in memory for the whole node, and a folder for the
/// files of those that are too big. A file loses its name as soon as it is open, so nothing of it outlives the process.
/// </summary>
internal sealed class TextStore(string dataDirectory, Live<RelayOptions> options, DescriptorBudget descriptors, TimeProvider clock) : IDisposable
{
    private readonly string _folder = Path.Combine(dataDirectory, "spool");
    private long _memory;

    /// <summary>Octets of text now held in memory.</summary>
    public long Memory => Interlocked.Read(ref _memory);

    internal DiskThreads Disk { get; } = new();

    internal TimeProvider Clock => clock;

    /// <summary>A text with nothing in it yet.</summary>
    public MessageText Create() => new(this, options.Current.TextMemory);

    /// <summary>
    /// Makes the folder, and removes the files that a process left which died between making a file and removing its name.
    /// To be called once, at the start. Returns how many there were.
    /// </summary>
    public int RemoveLeftovers()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_folder);
        }
        else
        {
            Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var leftovers = Directory.GetFiles(_folder, "*.text");
        foreach (var leftover in leftovers)
        {
            File.Delete(leftover);
        }

        return leftovers.Length;
    }

    /// <summary>Takes that many octets of the node's memory for texts, if there are as many left.</summary>
    internal bool TryReserve(int octets)
    {
        if (Interlocked.Add(ref _memory, octets) <= options.Current.TotalTextMemory)
        {
            return true;
        }

        Release(octets);
        return false;
    }

    internal void Release(int octets) => Interlocked.Add(ref _memory, -octets);

    public void Dispose() => Disk.Dispose();

    /// <summary>Opens an empty file without a name; waits for the disk. The descriptor is to be disposed of with the file.</summary>
    /// <exception cref="IOException">The file cannot be made, or this node has no descriptor left for it.</exception>
    internal (SafeFileHandle File, OutgoingDescriptor Descriptor) OpenFile()
    {
        var descriptor = descriptors.TryTakeOutgoing() ?? throw new IOException("this node has no descriptor left for a text's file");
        try
        {
            return (OpenUnnamed(), descriptor);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    private SafeFileHandle OpenUnnamed()
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():N}.text");
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
        try
        {
            File.Delete(path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
