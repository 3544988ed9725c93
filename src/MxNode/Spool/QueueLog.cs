using System.Buffers;
using System.Buffers.Binary;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Appends records to the queue's files. One loop writes all records that wait in one piece and syncs them together (group commit), so
/// the sync is paid once for all clients that wait. A message is answered after its sync. A change is only written: the process may die after
/// that, and if the machine dies, a message that was delivered within the last second is delivered again (RFC 1047).
/// <para>
/// When a write or a sync fails, it is unknown how much of the batch is on disk. Then the file is cut back to what was synced before and never written again, the
/// messages of the batch are refused, and its changes are written again later.
/// </para>
/// </summary>
internal sealed class QueueLog : IAsyncDisposable
{
    // A file this long is closed, and the next begins. Long enough that new files are rare, short enough that freed space comes back soon.
    public const long SegmentLength = 64 * 1024 * 1024;

    // Octets gathered before they are written without waiting for the end of the batch.
    private const int MaxGathered = 1024 * 1024;

    private const int MaxBatch = 512;

    private static readonly TimeSpan SyncAfter = TimeSpan.FromSeconds(1);

    private readonly string _folder;
    private readonly long _run;
    private readonly DiskThreads _disk;
    private readonly Action<Segment> _onNewSegment;
    private readonly Channel<PendingRecord> _records = Channel.CreateUnbounded<PendingRecord>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<PendingRecord> _unsaved = []; // changes whose batch failed
    private readonly ArrayBufferWriter<byte> _gathered = new(64 * 1024);
    private readonly ITimer _lateSync;
    private readonly Task _loop;
    private readonly ILogger _logger;
    private Segment? _segment;
    private SafeFileHandle? _file;
    private long _written; // octets in the file; what is gathered follows
    private long _safe; // octets up to the last batch that did not fail
    private bool _isDirty; // something was written after the last sync
    private long _nextNumber;

    /// <param name="folder">Where the files are.</param>
    /// <param name="run">The number of this run.</param>
    /// <param name="nextNumber">Higher than that of each file in the folder.</param>
    /// <param name="disk">Does the writing.</param>
    /// <param name="onNewSegment">Called with each new file before a record in it completes.</param>
    /// <param name="time">For the sync of changes.</param>
    /// <param name="logger">Of the queue.</param>
    public QueueLog(string folder, long run, long nextNumber, DiskThreads disk, Action<Segment> onNewSegment, TimeProvider time, ILogger logger)
    {
        (_folder, _run, _nextNumber, _disk, _onNewSegment, _logger) = (folder, run, nextNumber, disk, onNewSegment, logger);
        _lateSync = time.CreateTimer(_ => _records.Writer.TryWrite(Nudge), null, SyncAfter, SyncAfter);
        _loop = RunAsync();
    }

    private static PendingRecord Nudge { get; } = new(RecordKind.Change, [], null);

    /// <summary>Stores a message. When the task completes, it outlives a crash of the machine.</summary>
    /// <param name="head">A <see cref="MessageRecord"/>.</param>
    /// <param name="text">The text; must stay readable until the task completes.</param>
    /// <param name="onStored">Called as soon as that is so, on the log's own loop.</param>
    /// <exception cref="IOException">It could not be stored, or its text could not be read.</exception>
    public Task AppendAsync(byte[] head, OutgoingMessage text, Action<RecordPlace> onStored) => AppendAsync(new PendingRecord(RecordKind.Message, head, text, onStored));

    /// <summary>Stores a change. When the task completes, it outlives a crash of the process. A disk that fails makes it wait.</summary>
    public Task AppendAsync(byte[] head) => AppendAsync(new PendingRecord(RecordKind.Change, head, null));

    /// <summary>Writes what waits, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _lateSync.DisposeAsync();
        _records.Writer.TryComplete();
        await _loop;
        _file?.Dispose();
    }

    private Task<RecordPlace> AppendAsync(PendingRecord record)
    {
        if (!_records.Writer.TryWrite(record))
        {
            record.Fail(new IOException("the node stops"));
        }

        return record.Written;
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        var batch = new List<PendingRecord>();
        while (await _records.Reader.WaitToReadAsync())
        {
            batch.AddRange(_unsaved);
            _unsaved.Clear();
            while (batch.Count < MaxBatch && _records.Reader.TryRead(out var record))
            {
                if (record != Nudge)
                {
                    batch.Add(record);
                }
            }

            await WriteAsync(batch);
            batch.Clear();
        }

        await SyncAsync();
        _unsaved.ForEach(r => r.Fail(new IOException("the node stops")));
    }

    private async Task WriteAsync(List<PendingRecord> batch)
    {
        if (batch.Count == 0)
        {
            await SyncAsync();
            return;
        }

        try
        {
            if (_segment is null || _written >= SegmentLength)
            {
                await BeginSegmentAsync();
            }

            var places = new RecordPlace[batch.Count];
            for (var i = 0; i < places.Length; i++)
            {
                places[i] = await GatherAsync(batch[i]);
            }

            await WriteOutAsync(sync: batch.Exists(r => r.Text is not null));
            (_safe, _segment!.Length) = (_written, _written);
            for (var i = 0; i < places.Length; i++)
            {
                batch[i].Complete(places[i]);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SpoolLog.NotStored(_logger, _folder, e.Message);
            await AbandonSegmentAsync();
            _unsaved.AddRange(batch.Where(r => r.Text is null));
            foreach (var message in batch.Where(r => r.Text is not null))
            {
                message.Fail(e as IOException ?? new IOException(e.Message, e));
            }
        }
    }

    private async Task<RecordPlace> GatherAsync(PendingRecord record)
    {
        var place = new RecordPlace(_segment!, _written + _gathered.WrittenCount, record.Frame);
        record.Frame.Write(_gathered.GetSpan(RecordFrame.Length), record.Head, _segment!.Salt);
        _gathered.Advance(RecordFrame.Length);
        _gathered.Write(record.Head);
        if (record.Text is { } text)
        {
            var sum = _segment.Salt;
            await foreach (var piece in text.ReadPiecesAsync(CancellationToken.None))
            {
                sum = RecordFrame.Sum(sum, piece.Span);
                _gathered.Write(piece.Span);
                if (_gathered.WrittenCount >= MaxGathered)
                {
                    await WriteOutAsync(sync: false);
                }
            }

            BinaryPrimitives.WriteUInt32LittleEndian(_gathered.GetSpan(RecordFrame.TextTrailer), sum);
            _gathered.Advance(RecordFrame.TextTrailer);
        }

        return place;
    }

    private async Task WriteOutAsync(bool sync)
    {
        var (file, at, octets) = (_file!, _written, _gathered.WrittenMemory);
        await _disk.RunAsync(() =>
        {
            RandomAccess.Write(file, octets.Span, at);
            if (sync)
            {
                RandomAccess.FlushToDisk(file);
            }

            return true;
        });
        _written += octets.Length;
        _isDirty = !sync;
        _gathered.ResetWrittenCount();
    }

    private async Task SyncAsync()
    {
        if (!_isDirty || _file is not { } file)
        {
            return;
        }

        try
        {
            await _disk.RunAsync(() =>
            {
                RandomAccess.FlushToDisk(file);
                return true;
            });
            _isDirty = false;
        }
        catch (IOException e)
        {
            SpoolLog.NotStored(_logger, _folder, e.Message);
            await AbandonSegmentAsync();
        }
    }

    // The sync of the new file makes its name last, too: the journals of ext4, XFS and Btrfs hold both.
    private async Task BeginSegmentAsync()
    {
        await SyncAsync();
        _file?.Dispose();
        (_file, _segment) = (null, null);
        var segment = Segment.Create(_folder, _nextNumber++, _run);
        _file = await _disk.RunAsync(() => Open(segment));
        (_segment, _written, _safe, _isDirty) = (segment, Segment.HeaderLength, Segment.HeaderLength, false);
        _onNewSegment(segment);
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

    private async Task AbandonSegmentAsync()
    {
        _gathered.ResetWrittenCount();
        if (_file is not { } file)
        {
            return;
        }

        var (path, length) = (_segment!.Path, _safe);
        (_file, _segment, _isDirty) = (null, null, false);
        try
        {
            await _disk.RunAsync(() =>
            {
                using (file)
                {
                    RandomAccess.SetLength(file, length);
                    RandomAccess.FlushToDisk(file);
                }

                return true;
            });
        }
        catch (IOException e)
        {
            // A refused message of the batch may be found at the next start, and then reach its recipients twice.
            SpoolLog.NotCut(_logger, path, e.Message);
        }
    }
}
