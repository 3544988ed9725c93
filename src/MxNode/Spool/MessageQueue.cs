using System.Security.Cryptography;
using System.Text.Json;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// The messages that this node has accepted and not yet delivered. The files of <see cref="QueueLog"/> are the truth; in memory is what
/// finds a message there. Thread-safe.
/// </summary>
internal sealed class MessageQueue : IAsyncDisposable
{
    // Files may hold this much more than the messages in them need, and as much again as these, before messages are moved together.
    private const long Slack = 4 * QueueLog.SegmentLength;

    private readonly DiskThreads _disk;
    private readonly MessageLoader _loader;
    private readonly NewTexts _new;
    private readonly Lock _lock = new();
    private readonly Dictionary<QueueId, QueueEntry> _entries;
    private readonly List<Segment> _segments; // in order; the log writes to the last
    private readonly QueueLog _log;
    private readonly TimeProvider _time;
    private readonly int _maxMessages;
    private readonly long _run = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & 0xFFFF_FFFF_FFFF;
    private long _lastNumber;
    private int _taken; // places of MaxMessages

    private MessageQueue(QueueRecovery recovered, SpoolOptions options, DescriptorBudget descriptors, DiskThreads disk, TimeProvider time, ILogger logger)
    {
        _disk = disk;
        (_entries, _segments, _maxMessages, _taken) = (recovered.Entries, recovered.Segments, options.MaxMessages, recovered.Entries.Count);
        _loader = new MessageLoader(_disk, descriptors);
        _new = new NewTexts(_disk);
        _time = time;
        foreach (var entry in _entries.Values)
        {
            entry.BeginAge(time);
        }

        _log = new QueueLog(new SegmentSeries(recovered.Folder, _run, recovered.NextNumber), _disk, AddSegment, time, logger);
    }

    /// <summary>Messages in the queue.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Octets of their records.</summary>
    public long Octets
    {
        get
        {
            lock (_lock)
            {
                return _segments.Sum(s => s.LiveOctets);
            }
        }
    }

    /// <summary>Opens the queue of a folder, which is made if it is missing.</summary>
    /// <param name="folder">Where its files are.</param>
    /// <param name="options">Its limits.</param>
    /// <param name="descriptors">Those of files that are read.</param>
    /// <param name="time">The clock of messages' ages.</param>
    /// <param name="logger">Gets what goes wrong with the files.</param>
    /// <param name="disk">Does the I/O, and ends with the queue; null for threads of its own.</param>
    /// <exception cref="Configuration.StartException">The folder holds what this program cannot read.</exception>
    public static MessageQueue Open(string folder, SpoolOptions options, DescriptorBudget descriptors, TimeProvider time, ILogger logger, DiskThreads? disk = null)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new MessageQueue(new QueueRecovery(folder, logger).Run(), options, descriptors, disk ?? new DiskThreads(), time, logger);
    }

    /// <summary>All messages, oldest first.</summary>
    public IReadOnlyList<QueueEntry> All()
    {
        lock (_lock)
        {
            return [.. _entries.Values.OrderBy(e => e.Arrived).ThenBy(e => e.Id.Number)];
        }
    }

    public QueueEntry? Find(QueueId id)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(id);
        }
    }

    /// <summary>Stores a message. When the task completes, the message outlives a crash of the machine.</summary>
    /// <param name="envelope">Makes its envelope.</param>
    /// <param name="text">Its text.</param>
    /// <exception cref="IOException">There is no room, or the disk fails; the message is not in the queue.</exception>
    public async Task<QueueEntry> AddAsync(Func<QueueId, QueuedEnvelope> envelope, OutgoingMessage text)
    {
        if (Interlocked.Increment(ref _taken) > _maxMessages)
        {
            Interlocked.Decrement(ref _taken);
            throw new IOException("the queue is full (Spool:MaxMessages)");
        }

        LoadedMessage? kept = null;
        try
        {
            var made = envelope(new QueueId(_run, Interlocked.Increment(ref _lastNumber)));
            kept = _new.Keep(made, text);
            var head = JsonSerializer.SerializeToUtf8Bytes(new MessageRecord(made, QueueState.New), QueueJson.Default.MessageRecord);
            QueueEntry? entry = null;
            await _log.AppendAsync(head, text, place =>
            {
                entry = new QueueEntry(made.Id, place, made.Recipients[0].Domain, made.Recipients.Count, made.Arrived);
                entry.BeginAge(_time);
                entry.Keep(kept);
                lock (_lock)
                {
                    _entries.Add(entry.Id, entry);
                    Tally(place, 1);
                }
            });
            return entry!;
        }
        catch
        {
            _new.Release(kept);
            Interlocked.Decrement(ref _taken);
            throw;
        }
    }

    /// <summary>Stores a message's new state. A message without recipients that wait leaves the queue. When the task completes, the change outlives a crash of the process.</summary>
    public Task ChangeAsync(QueueEntry entry, Func<QueueState, QueueState> change)
    {
        lock (_lock)
        {
            if (!_entries.ContainsKey(entry.Id))
            {
                return Task.CompletedTask;
            }

            entry.State = change(entry.State) with { Age = entry.AgeNow(_time), StoredAt = _time.GetUtcNow() };
            if (entry.Pending <= 0)
            {
                _entries.Remove(entry.Id);
                Tally(entry.Place, -1);
                Interlocked.Decrement(ref _taken);
                _new.Release(entry.TakeKept());
            }

            // Under the lock, so that states are stored in the order in which they were valid.
            return _log.AppendAsync(JsonSerializer.SerializeToUtf8Bytes(new ChangeRecord(entry.Id, entry.State), QueueJson.Default.ChangeRecord));
        }
    }

    /// <inheritdoc cref="MessageLoader.LoadAsync"/>
    public Task<LoadedMessage> LoadAsync(QueueEntry entry)
    {
        if (entry.TakeKept() is not { } kept)
        {
            return _loader.LoadAsync(entry);
        }

        _new.Release(kept);
        return Task.FromResult(kept);
    }

    /// <summary>Removes files that hold no message any more. Where a few messages keep many octets on disk, it moves them to the newest file.</summary>
    public async Task CompactAsync()
    {
        while (TakeOldest() is { } oldest)
        {
            foreach (var entry in oldest.Entries)
            {
                await MoveAsync(entry);
            }

            lock (_lock)
            {
                _segments.Remove(oldest.Segment);
            }

            await _disk.RunAsync(() =>
            {
                File.Delete(oldest.Segment.Path);
                return true;
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        _disk.Dispose();
    }

    private static void Tally(RecordPlace place, int messages)
    {
        place.Segment.Live += messages;
        place.Segment.LiveOctets += messages * place.Frame.RecordLength;
    }

    private void AddSegment(Segment segment)
    {
        lock (_lock)
        {
            _segments.Add(segment);
        }
    }

    // Only the oldest file may go: those after it hold changes of its messages.
    private (Segment Segment, List<QueueEntry> Entries)? TakeOldest()
    {
        lock (_lock)
        {
            if (_segments is not [{ IsOpen: false } oldest, ..])
            {
                return null;
            }

            var live = _segments.Sum(s => s.LiveOctets);
            return oldest.Live == 0 ? (oldest, [])
                : _segments.Sum(s => s.Length) > (2 * live) + Slack ? (oldest, [.. _entries.Values.Where(e => e.Place.Segment == oldest)])
                : null;
        }
    }

    private async Task MoveAsync(QueueEntry entry)
    {
        var loaded = await LoadAsync(entry);
        using var text = loaded.Text;
        Task stored;
        lock (_lock)
        {
            if (!_entries.ContainsKey(entry.Id))
            {
                return;
            }

            var head = JsonSerializer.SerializeToUtf8Bytes(new MessageRecord(loaded.Envelope, entry.State), QueueJson.Default.MessageRecord);
            stored = _log.AppendAsync(head, new OutgoingMessage(default, text), place =>
            {
                lock (_lock)
                {
                    if (_entries.ContainsKey(entry.Id))
                    {
                        Tally(entry.Place, -1);
                        entry.Place = place;
                        Tally(place, 1);
                    }
                }
            });
        }

        await stored;
    }
}
