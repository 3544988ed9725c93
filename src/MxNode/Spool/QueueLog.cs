using System.Buffers;
using System.Buffers.Binary;
using System.Threading.Channels;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Appends records to the queue's files. One loop writes all records that wait in one piece and syncs them together (group commit), so
/// the sync is paid once for all clients that wait. A message is answered after its sync. A change is only written: the process may die after
/// that, and if the machine dies, a message that was delivered within the last second is delivered again (RFC 1047).
/// <para>
/// When a write or a sync fails, it is unknown how much of the batch is on disk. Then the file is cut back to what was synced before and never written again, the
/// messages of the batch are refused, and its changes are written again later. A disk that does not answer in time has failed, too; until it has answered
/// and the file is cut, further messages are refused at once.
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

    private readonly SegmentSeries _files;
    private readonly DiskThreads _disk;
    private readonly Action<Segment> _onNewSegment;
    private readonly Channel<PendingRecord> _records = Channel.CreateUnbounded<PendingRecord>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<PendingRecord> _unsaved = []; // changes whose batch failed
    private readonly ITimer _lateSync;
    private readonly Task _loop;
    private readonly ILogger _logger;
    private ArrayBufferWriter<byte> _gathered = NewBuffer(); // follows what is in the file
    private SegmentFile? _file;
    private Task<bool> _cutting = Task.FromResult(true); // the file that a batch failed in
    private bool _isFailing;

    /// <param name="files">Names the files.</param>
    /// <param name="disk">Does the writing.</param>
    /// <param name="onNewSegment">Called with each new file before a record in it completes.</param>
    /// <param name="time">For the sync of changes.</param>
    /// <param name="logger">Of the queue.</param>
    public QueueLog(SegmentSeries files, DiskThreads disk, Action<Segment> onNewSegment, TimeProvider time, ILogger logger)
    {
        (_files, _disk, _onNewSegment, _logger) = (files, disk, onNewSegment, logger);
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
        await ((Task)_disk.InTimeAsync(_cutting)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
            if (!_cutting.IsCompleted)
            {
                throw new IOException("the disk does not answer");
            }

            if (_file is null or { Written: >= SegmentLength })
            {
                await BeginSegmentAsync();
            }

            var places = new RecordPlace[batch.Count];
            for (var i = 0; i < places.Length; i++)
            {
                places[i] = await GatherAsync(batch[i]);
            }

            await WriteOutAsync(sync: batch.Exists(r => r.Text is not null));
            _file!.Keep();
            for (var i = 0; i < places.Length; i++)
            {
                batch[i].Complete(places[i]);
            }

            NoteWorking();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await AbandonSegmentAsync(e);
            _unsaved.AddRange(batch.Where(r => r.Text is null));
            foreach (var message in batch.Where(r => r.Text is not null))
            {
                message.Fail(e as IOException ?? new IOException(e.Message, e));
            }
        }
    }

    private async Task<RecordPlace> GatherAsync(PendingRecord record)
    {
        var place = new RecordPlace(_file!.Segment, _file.Written + _gathered.WrittenCount, record.Frame);
        record.Frame.Write(_gathered.GetSpan(RecordFrame.Length), record.Head, place.Segment.Salt);
        _gathered.Advance(RecordFrame.Length);
        _gathered.Write(record.Head);
        if (record.Text is { } text)
        {
            var sum = place.Segment.Salt;
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
        await _file!.WriteAsync(_gathered.WrittenMemory, sync);
        _gathered.ResetWrittenCount();
    }

    private async Task SyncAsync()
    {
        if (_file is not { IsDirty: true } file)
        {
            return;
        }

        try
        {
            await file.SyncAsync();
        }
        catch (IOException e)
        {
            await AbandonSegmentAsync(e);
        }
    }

    private async Task BeginSegmentAsync()
    {
        await SyncAsync();
        _file?.Dispose();
        _file = null;
        _file = await SegmentFile.CreateAsync(_files.CreateNext(), _disk);
        _onNewSegment(_file.Segment);
    }

    private async Task AbandonSegmentAsync(Exception error)
    {
        if (!_isFailing)
        {
            _isFailing = true;
            SpoolLog.NotStored(_logger, _files.Folder, error.Message);
        }

        // The late call to a stalled disk may still read the gathered octets, so a new buffer takes their place.
        var hasStalled = error.InnerException is TimeoutException;
        _gathered = hasStalled ? NewBuffer() : _gathered;
        _gathered.ResetWrittenCount();
        if (_file is { } file)
        {
            _file = null;
            _cutting = CutAsync(file);
            if (!hasStalled)
            {
                await _cutting;
            }
        }
    }

    private async Task<bool> CutAsync(SegmentFile file)
    {
        try
        {
            await file.CutAsync();
            return true;
        }
        catch (IOException e)
        {
            // A refused message of the batch may be found at the next start, and then reach its recipients twice.
            SpoolLog.NotCut(_logger, file.Segment.Path, e.Message);
            return false;
        }
    }

    private void NoteWorking()
    {
        if (_isFailing)
        {
            _isFailing = false;
            SpoolLog.StoredAgain(_logger, _files.Folder);
        }
    }

    private static ArrayBufferWriter<byte> NewBuffer() => new(64 * 1024);
}
