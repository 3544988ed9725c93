using Microsoft.Win32.SafeHandles;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>The file of the queue's log that is written now. For one caller at a time. A call that the disk does not answer in time fails.</summary>
internal sealed class SegmentFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly DiskThreads _disk;
    private Task _pending = Task.CompletedTask; // the last call, which may outlive its time
    private long _safe = Segment.HeaderLength;

    private SegmentFile(Segment segment, SafeFileHandle file, DiskThreads disk)
    {
        (Segment, _file, _disk) = (segment, file, disk);
        segment.IsOpen = true;
    }

    public Segment Segment { get; }

    /// <summary>Octets written.</summary>
    public long Written { get; private set; } = Segment.HeaderLength;

    /// <summary>Whether something was written after the last sync.</summary>
    public bool IsDirty { get; private set; }

    /// <summary>Makes the file. Its sync makes its name last, too: the journals of ext4, XFS and Btrfs hold both.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static async Task<SegmentFile> CreateAsync(Segment segment, DiskThreads disk)
    {
        var opening = disk.RunAsync(() => Open(segment));
        try
        {
            return new SegmentFile(segment, await disk.InTimeAsync(opening), disk);
        }
        catch (IOException)
        {
            // A file that is made late holds no record.
            _ = opening.ContinueWith(static late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Writes at the end. The octets must stay as they are until the disk has answered, also after a failure.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> octets, bool sync)
    {
        var at = Written;
        await CallAsync(() =>
        {
            RandomAccess.Write(_file, octets.Span, at);
            if (sync)
            {
                RandomAccess.FlushToDisk(_file);
            }
        });
        Written += octets.Length;
        IsDirty = !sync;
    }

    /// <summary>Syncs what was written.</summary>
    public async Task SyncAsync()
    {
        await CallAsync(() => RandomAccess.FlushToDisk(_file));
        IsDirty = false;
    }

    /// <summary>What was written so far stays, whatever fails later.</summary>
    public void Keep() => Segment.Length = _safe = Written;

    /// <summary>Cuts the file back to what is kept, and closes it. Waits for a call that the disk has not answered yet.</summary>
    /// <exception cref="IOException">It cannot be cut.</exception>
    public async Task CutAsync()
    {
        await _pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using (this)
        {
            await _disk.RunAsync(() =>
            {
                RandomAccess.SetLength(_file, _safe);
                RandomAccess.FlushToDisk(_file);
                return true;
            });
        }
    }

    public void Dispose()
    {
        Segment.IsOpen = false;
        _file.Dispose();
    }

    private Task<bool> CallAsync(Action call)
    {
        var running = _disk.RunAsync(() =>
        {
            call();
            return true;
        });
        _pending = running;
        return _disk.InTimeAsync(running);
    }

    private static SafeFileHandle Open(Segment segment)
    {
        var header = new byte[Segment.HeaderLength];
        segment.WriteHeader(header);
        var file = File.OpenHandle(segment.Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            RandomAccess.Write(file, header, 0);
            RandomAccess.FlushToDisk(file);
            return file;
        }
        catch
        {
            file.Dispose();
            File.Delete(segment.Path);
            throw;
        }
    }
}
