using System.Collections.Concurrent;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust;

/// <summary>
/// The logs of a store as they were last read. One that has only grown is read on from where it ended, and only what is new is
/// checked; one that shrank, or whose read part has changed, is read anew. What this process writes is not read at all. Thread-safe.
/// </summary>
internal sealed class LogCache(TrustStore store)
{
    private const int LongestLine = StatementText.MaxLine + 1;

    private readonly ConcurrentDictionary<string, StoredLog> _logs = new();
    private readonly Lock _reading = new();
    private long _octetsRead;

    /// <summary>Octets that were read of all files so far.</summary>
    public long OctetsRead => Volatile.Read(ref _octetsRead);

    /// <summary>What is held by author, as last read.</summary>
    public IReadOnlyDictionary<string, AuthorLog> Held => _logs.ToDictionary(pair => pair.Key, pair => pair.Value.Log);

    /// <summary>Reads what has changed of one author.</summary>
    public StoredLog Read(string author)
    {
        lock (_reading)
        {
            var before = _logs.GetValueOrDefault(author);
            var (log, forks) = (Stamp.Of(store.LogPath(author)), Stamp.Of(store.ForksPath(author)));
            if (before is not null && before.LogStamp == log && before.ForksStamp == forks)
            {
                return before;
            }

            var reading = before?.LogStamp == log ? before.Log.Log : ReadLog(author, before?.Log.Log);
            var loose = before?.ForksStamp == forks && before.Log.Log.Key is not null ? before.Forks : ReadForks(author, reading);
            return _logs[author] = new StoredLog(new AuthorLog(author, reading, loose?.Unchained ?? []), loose, log, forks);
        }
    }

    /// <summary>Writes to an author's files while nobody of this process reads them, and takes over what was written.</summary>
    /// <param name="author">The key's id.</param>
    /// <param name="write">Does it; gives what the files hold then.</param>
    public void Write(string author, Func<StoredLog, StoredContent> write)
    {
        lock (_reading)
        {
            var before = Read(author);
            var content = write(before);
            var (log, forks) = (Stamp.Of(store.LogPath(author)), Stamp.Of(store.ForksPath(author)));
            if (log.Length == content.LogLength && forks.Length == content.ForksLength && (content.Forks is not null || forks == default))
            {
                _logs[author] = new StoredLog(new AuthorLog(author, content.Log, content.Forks?.Unchained ?? []), content.Forks, log, forks);
            }
            else
            {
                // Somebody who does not wait for the lock has written too.
                Read(author);
            }
        }
    }

    /// <summary>Forgets logs that are no longer there.</summary>
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

    // Octets are compared, no signature is checked; the file stands after them then.
    private bool BeginsWith(FileStream file, LogReading reading)
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

    private bool HasLine(BufferedStream stream, ReadOnlySpan<byte> line, Span<byte> octets)
    {
        octets = octets[..(line.Length + 1)];
        _octetsRead += octets.Length;
        return stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false) == octets.Length
            && octets[..^1].SequenceEqual(line) && octets[^1] == (byte)'\n';
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);

    private byte[] Rest(FileStream file)
    {
        var octets = new byte[Math.Max(0, file.Length - file.Position)];
        _octetsRead += octets.Length;
        return octets[..file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false)];
    }
}

/// <summary>What a store holds of one author.</summary>
/// <param name="Log">Log and contradicting lines.</param>
/// <param name="Forks">The file of contradicting lines, with what is wrong with it; null when there is none.</param>
/// <param name="LogStamp">The log's file when it was read.</param>
/// <param name="ForksStamp">The other file.</param>
internal sealed record StoredLog(AuthorLog Log, LogReading? Forks, Stamp LogStamp, Stamp ForksStamp);

/// <summary>What an author's files hold after this process wrote to them.</summary>
/// <param name="Log">The log.</param>
/// <param name="LogLength">Its file's octets.</param>
/// <param name="Forks">The file of contradicting lines; null when it is not known or not there.</param>
/// <param name="ForksLength">Its octets.</param>
internal sealed record StoredContent(LogReading Log, long LogLength, LogReading? Forks, long ForksLength);

/// <summary>A file's length and time; changes when it does. All zero when there is none.</summary>
internal readonly record struct Stamp(long Length, long Ticks)
{
    public static Stamp Of(string path) => new FileInfo(path) is { Exists: true } file ? new(file.Length, file.LastWriteTimeUtc.Ticks) : default;
}
