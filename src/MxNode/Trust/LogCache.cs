using System.Collections.Concurrent;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust;

/// <summary>
/// The logs of a store as they were last read. When a file has only grown, its new part alone is parsed and verified. When it
/// shrank, or its known part has changed, it is read from the start. What this process writes is not read at all. Thread-safe.
/// </summary>
internal sealed class LogCache(TrustStore store)
{
    private const int LongestLine = StatementText.MaxLine + 1;

    private readonly ConcurrentDictionary<string, StoredLog> _logs = new();
    private readonly Lock _reading = new();

    /// <summary>The logs by author, as last read.</summary>
    public IReadOnlyDictionary<string, AuthorLog> Held => _logs.ToDictionary(pair => pair.Key, pair => pair.Value.Log);

    /// <summary>Reads an author's files where they have changed.</summary>
    public StoredLog Read(string author)
    {
        lock (_reading)
        {
            var before = _logs.GetValueOrDefault(author);
            var (log, forks) = (FileStamp.Of(store.LogPath(author)), FileStamp.Of(store.ForksPath(author)));
            if (before is not null && before.LogStamp == log && before.ForksStamp == forks)
            {
                return before;
            }

            var reading = before?.LogStamp == log ? before.Log.Log : ReadLog(author, before?.Log.Log);
            var loose = before?.ForksStamp == forks && before.Log.Log.Key is not null ? before.Forks : ReadForks(author, reading);
            return _logs[author] = new StoredLog(new AuthorLog(author, reading, loose?.Unchained ?? []), loose, log, forks);
        }
    }

    /// <summary>Writes to an author's files while no thread of this process reads them, and keeps what was written.</summary>
    /// <param name="author">The key's id.</param>
    /// <param name="write">Writes, and returns the content of the files afterwards.</param>
    public void Write(string author, Func<StoredLog, StoredContent> write)
    {
        lock (_reading)
        {
            var before = Read(author);
            var content = write(before);
            var (log, forks) = (FileStamp.Of(store.LogPath(author)), FileStamp.Of(store.ForksPath(author)));
            if (log.Length == content.LogLength && forks.Length == content.ForksLength && (content.Forks is not null || forks == default))
            {
                _logs[author] = new StoredLog(new AuthorLog(author, content.Log, content.Forks?.Unchained ?? []), content.Forks, log, forks);
            }
            else
            {
                // Another process has written too, without waiting for the lock.
                Read(author);
            }
        }
    }

    /// <summary>Forgets the logs of all other authors.</summary>
    public void Keep(IEnumerable<string> authors)
    {
        lock (_reading)
        {
            foreach (var gone in _logs.Keys.Except(authors))
            {
                _logs.TryRemove(gone, out _);
            }
        }
    }

    private LogReading ReadLog(string author, LogReading? before)
    {
        var path = store.LogPath(author);
        if (!File.Exists(path))
        {
            return new LogReading();
        }

        using var file = Open(path);
        if (before is { Key: not null, Faults.Count: 0 } && BeginsWith(file, before) && LogReader.ReadOn(before, Rest(file)) is { } longer)
        {
            return longer;
        }

        file.Position = 0;
        var reading = LogReader.Read(Rest(file));
        return reading.Key is { } key && key.Id != author
            ? new LogReading { Faults = [new LogFault(1, 0, $"it is the log of {key.Id}")] }
            : reading;
    }

    private LogReading? ReadForks(string author, LogReading log)
    {
        var path = store.ForksPath(author);
        if (log.Key is not { } key || !File.Exists(path))
        {
            return null;
        }

        using var file = Open(path);
        return LogReader.ReadLoose(key, Rest(file));
    }

    // Compares octets and verifies no signature. On success the file's position is after the known part.
    private static bool BeginsWith(FileStream file, LogReading reading)
    {
        if (file.Length < reading.SoundLength)
        {
            return false;
        }

        var buffered = new BufferedStream(file, 128 * 1024);
        Span<byte> octets = stackalloc byte[LongestLine];
        if (!HasLine(buffered, LogHeader.Line(reading.Key!), octets))
        {
            return false;
        }

        foreach (var signed in reading.Statements)
        {
            if (!HasLine(buffered, signed.Line.Span, octets))
            {
                return false;
            }
        }

        file.Position = reading.SoundLength;
        return true;
    }

    private static bool HasLine(BufferedStream stream, ReadOnlySpan<byte> line, Span<byte> octets)
    {
        octets = octets[..(line.Length + 1)];
        return stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false) == octets.Length
            && octets[..^1].SequenceEqual(line) && octets[^1] == (byte)'\n';
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);

    private static byte[] Rest(FileStream file)
    {
        var octets = new byte[Math.Max(0, file.Length - file.Position)];
        return octets[..file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false)];
    }
}

/// <summary>The log files of one author, as a store read them.</summary>
/// <param name="Log">The log and the lines that contradict it.</param>
/// <param name="Forks">The file of contradicting lines, with its faults; null when there is no such file.</param>
/// <param name="LogStamp">The log file's stamp when it was read.</param>
/// <param name="ForksStamp">The other file's stamp when it was read.</param>
internal sealed record StoredLog(AuthorLog Log, LogReading? Forks, FileStamp LogStamp, FileStamp ForksStamp);

/// <summary>The content of an author's files after this process wrote to them.</summary>
/// <param name="Log">The log.</param>
/// <param name="LogLength">The log file's length in octets.</param>
/// <param name="Forks">The file of contradicting lines; null when it is not known or does not exist.</param>
/// <param name="ForksLength">That file's length in octets.</param>
internal sealed record StoredContent(LogReading Log, long LogLength, LogReading? Forks, long ForksLength);

/// <summary>A file's length and time of last change. All zero when the file does not exist.</summary>
internal readonly record struct FileStamp(long Length, long Ticks)
{
    public static FileStamp Of(string path) => new FileInfo(path) is { Exists: true } file ? new(file.Length, file.LastWriteTimeUtc.Ticks) : default;
}
