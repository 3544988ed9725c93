using System.Text.Json;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Reads the queue's files at the start of the node. In memory are the messages that the queue holds, never a text. What a killed node had
/// not finished is no record, and nobody was answered 250 for it.
/// </summary>
internal sealed class QueueRecovery(string folder, ILogger logger)
{
    private readonly Dictionary<string, string> _domains = [];

    public string Folder => folder;

    /// <summary>The messages.</summary>
    public Dictionary<QueueId, QueueEntry> Entries { get; } = [];

    /// <summary>The files in order.</summary>
    public List<Segment> Segments { get; } = [];

    /// <summary>The number for the next file.</summary>
    public long NextNumber { get; private set; } = 1;

    /// <summary>Reads all files of the folder, those of another node's queue included.</summary>
    /// <exception cref="StartException">A file cannot be read, or a newer program wrote it.</exception>
    public QueueRecovery Run()
    {
        var files = new List<(string Path, long Number, long Run)>();
        foreach (var path in Directory.GetFiles(folder, $"*{Segment.Extension}"))
        {
            if (Segment.TryParseName(path, out var number, out var run))
            {
                files.Add((path, number, run));
                NextNumber = Math.Max(NextNumber, number + 1);
            }
        }

        var last = files.GroupBy(f => f.Run).ToDictionary(g => g.Key, g => g.Max(f => f.Number));
        foreach (var (path, number, run) in files.OrderBy(f => f.Number).ThenBy(f => f.Run))
        {
            try
            {
                Read(path, number, run, isLast: last[run] == number);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unreadable(path, e);
            }
        }

        SpoolLog.Opened(logger, folder, Entries.Count, Segments.Count);
        return this;
    }

    /// <summary>Looks whether all files could be read, and changes nothing.</summary>
    /// <param name="folder">The queue's folder; it need not exist.</param>
    /// <exception cref="StartException">A file cannot be read, or a newer program wrote it.</exception>
    public static void ExpectReadable(string folder)
    {
        Span<byte> header = stackalloc byte[Segment.HeaderLength];
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder, $"*{Segment.Extension}").Where(path => Segment.TryParseName(path, out _, out _)) : [])
        {
            try
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                if (Segment.TryReadHeader(header[..file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false)], out var version, out _))
                {
                    ExpectKnown(path, version);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unreadable(path, e);
            }
        }
    }

    private static void ExpectKnown(string path, int version)
    {
        if (version > Segment.Version)
        {
            throw new StartException($"queue file {path} was written by a newer program (format {version}, this one reads up to {Segment.Version}); start that program, or move the file out of the folder");
        }
    }

    private static StartException Unreadable(string path, Exception fault) =>
        new($"queue file {path} cannot be read ({fault.Message.TrimEnd('.')}); let the node's user read and write it, or move it out of the folder", fault);

    private void Read(string path, long number, long run, bool isLast)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 64 * 1024);
        Span<byte> header = stackalloc byte[Segment.HeaderLength];
        if (!Segment.TryReadHeader(header[..file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false)], out var version, out var salt))
        {
            if (file.Length > Segment.HeaderLength)
            {
                SpoolLog.Damaged(logger, path, 0, file.Length);
                File.Move(path, $"{path}.damaged", overwrite: true);
            }
            else
            {
                File.Delete(path);
            }

            return;
        }

        ExpectKnown(path, version);

        var segment = new Segment(path, number, run, salt) { Length = file.Length };
        Segments.Add(segment);
        var reader = new SegmentReader(segment, file, checksTexts: isLast);
        foreach (var (place, head) in reader.Read())
        {
            Apply(place, head);
        }

        // At the end of the last file this is what its node was writing when it was killed.
        if (reader.Damage is { } damage && !(isLast && damage.End == file.Length))
        {
            SpoolLog.Damaged(logger, path, damage.Offset, damage.End);
        }
    }

    private void Apply(RecordPlace place, byte[] head)
    {
        if (place.Frame.Kind == RecordKind.Message)
        {
            var message = JsonSerializer.Deserialize(head, QueueJson.Default.MessageRecord)!;
            Remove(message.Envelope.Id);
            Entries[message.Envelope.Id] = new QueueEntry(message.Envelope.Id, place, Intern(message.Envelope.Recipients[0].Domain), message.Envelope.Recipients.Count, message.Envelope.Arrived)
            {
                State = message.State,
            };
            place.Segment.Live++;
            place.Segment.LiveOctets += place.Frame.RecordLength;
        }
        else if (JsonSerializer.Deserialize(head, QueueJson.Default.ChangeRecord) is { } change && Entries.TryGetValue(change.Id, out var entry))
        {
            entry.State = change.State;
            if (entry.Pending <= 0)
            {
                Remove(change.Id);
            }
        }
    }

    private void Remove(QueueId id)
    {
        if (Entries.Remove(id, out var entry))
        {
            entry.Place.Segment.Live--;
            entry.Place.Segment.LiveOctets -= entry.Place.Frame.RecordLength;
        }
    }

    private string Intern(string domain)
    {
        if (!_domains.TryGetValue(domain, out var known))
        {
            _domains[domain] = known = domain;
        }

        return known;
    }
}
