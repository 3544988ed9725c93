using ThrottleNet.MxNode.Storage;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust;

/// <summary>
/// The authors' logs on disk: for each author <c>ID.trustlog</c>, which is append-only, and <c>ID.forks</c> with the lines that
/// contradict it. One process writes at a time, any number of processes read. Thread-safe.
/// </summary>
internal sealed class TrustStore
{
    private const string LogSuffix = ".trustlog";
    private const string ForkSuffix = ".forks";
    private const string TornSuffix = ".torn";
    private const byte LineEnd = (byte)'\n';

    /// <summary>The most contradicting lines in a file: twice the number that is kept, so that the file is seldom rewritten.</summary>
    private const int MaxForkLines = 2 * (LogLimits.Forks + 1);

    /// <summary>How long to wait while another process writes. A write takes some milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly LogCache _cache;

    // The last write of this process. Writes of one process queue here; the lock file is for other processes.
    private Task _writing = Task.CompletedTask;

    public TrustStore(string folder, TimeProvider clock)
    {
        Folder = folder;
        _clock = clock;
        _cache = new LogCache(this);
    }

    public string Folder { get; }

    /// <summary>The folder of the logs in a node's data directory.</summary>
    public static string FolderOf(string dataDirectory) => Path.Combine(dataDirectory, "trust");

    /// <summary>The logs by author, as last read.</summary>
    public IReadOnlyDictionary<string, AuthorLog> Held => _cache.Held;

    /// <summary>The authors that have a log here, in order of id.</summary>
    public IReadOnlyList<string> Authors =>
        Directory.Exists(Folder)
            ? [.. Directory.EnumerateFiles(Folder, "*" + LogSuffix).Select(path => Path.GetFileNameWithoutExtension(path)!).Where(AuthorKey.IsId).Order(StringComparer.Ordinal)]
            : [];

    public string LogPath(string author) => Path.Combine(Folder, author + LogSuffix);

    public string ForksPath(string author) => Path.Combine(Folder, author + ForkSuffix);

    /// <summary>Names, lengths and times of the files: a text that changes whenever a file does.</summary>
    public string Stamp() =>
        Directory.Exists(Folder)
            ? string.Join(';', new DirectoryInfo(Folder).EnumerateFiles()
                .Where(file => file.Extension is LogSuffix or ForkSuffix)
                .OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => $"{file.Name},{file.Length},{file.LastWriteTimeUtc.Ticks}"))
            : "";

    /// <summary>Reads and verifies the files of all authors where they have changed.</summary>
    public IReadOnlyDictionary<string, StoredLog> ReadAll()
    {
        var authors = Authors;
        _cache.Keep(authors);
        return authors.ToDictionary(author => author, _cache.Read);
    }

    /// <summary>Reads and verifies an author's log where it has changed. An author without a log has an empty reading.</summary>
    public LogReading Read(string author) => _cache.Read(author).Log.Log;

    /// <summary>
    /// Appends statements that follow the author's log; they are on disk when it returns. An incomplete last line is first moved
    /// to <c>ID.torn</c>.
    /// </summary>
    /// <exception cref="IOException">Another process holds the lock for 5 seconds, the disk fails, the log is damaged, or the statements do not follow it.</exception>
    public Task AppendAsync(AuthorKey author, IReadOnlyList<SignedStatement> next) => UpdateAsync(author.Id, _ => new LogChange(author, next, []));

    /// <summary>Adds lines to an author's log and to the lines that contradict it, while no other process writes. They are on disk when it returns.</summary>
    /// <param name="author">The key's id.</param>
    /// <param name="decide">Gets the current log, and returns the lines to add; null for none.</param>
    /// <exception cref="IOException">As <see cref="AppendAsync"/>.</exception>
    public Task UpdateAsync(string author, Func<AuthorLog, LogChange?> decide)
    {
        lock (_lock)
        {
            return _writing = UpdateAfterAsync(_writing, author, decide);
        }
    }

    private async Task UpdateAfterAsync(Task before, string author, Func<AuthorLog, LogChange?> decide)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Directory.CreateDirectory(Folder);
        await using var held = await HoldAsync();
        if (decide(_cache.Read(author).Log) is { } change)
        {
            _cache.Write(author, before => Write(before, change));
        }
    }

    private StoredContent Write(StoredLog before, LogChange change)
    {
        var content = new StoredContent(before.Log.Log, before.LogStamp.Length, before.Forks, before.ForksStamp.Length);
        if (change.Next.Count > 0)
        {
            Append(change.Key, before.Log.Log, change.Next);
            var log = before.Log.Log.With(change.Key, change.Next);
            content = content with { Log = log, LogLength = log.SoundLength };
        }

        return change.Forks.Count > 0 ? WriteForks(change, content, before.Log.Forks) : content;
    }

    private StoredContent WriteForks(LogChange change, StoredContent content, IEnumerable<SignedStatement> kept)
    {
        var path = ForksPath(change.Key.Id);
        var reading = content.Forks ?? new LogReading { Key = change.Key };
        var isUnread = content.Forks is null && content.ForksLength > 0;
        if (isUnread || (reading.Torn is null && reading.Unchained.Count + change.Forks.Count <= MaxForkLines))
        {
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            WriteLines(file, change.Forks);
            file.Flush(flushToDisk: true);
            return content with
            {
                Forks = isUnread ? null : reading with { Unchained = [.. reading.Unchained, .. change.Forks] },
                ForksLength = content.ForksLength + LengthOf(change.Forks),
            };
        }

        // The new file holds only the lines that are kept.
        List<SignedStatement> lines = [.. new AuthorLog(change.Key.Id, content.Log, kept.Concat(change.Forks)).Forks];
        AtomicFile.Write(path, stream => WriteLines(stream, lines));
        return content with { Forks = new LogReading { Key = change.Key, Unchained = lines }, ForksLength = LengthOf(lines) };
    }

    private static long LengthOf(IEnumerable<SignedStatement> lines) => lines.Sum(signed => signed.Line.Length + 1L);

    private void Append(AuthorKey author, LogReading reading, IReadOnlyList<SignedStatement> next)
    {
        var path = LogPath(author.Id);
        if (!File.Exists(path))
        {
            RequireNext(author, default, next);
            AtomicFile.Write(path, stream =>
            {
                WriteLine(stream, LogHeader.Line(author));
                WriteLines(stream, next);
            });
            return;
        }

        if (reading.Faults.Count > 0)
        {
            throw new IOException($"{path}, {reading.Faults[0]}");
        }

        RequireNext(author, reading.Head, next);
        using var log = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        if (reading.Torn is not null)
        {
            PutAside(author, reading.SoundLength);
            log.SetLength(reading.SoundLength);
        }

        log.Seek(0, SeekOrigin.End);
        if (reading.SoundLength == 0)
        {
            // The file exists but is empty: restored from a bad copy, or made by hand.
            WriteLine(log, LogHeader.Line(author));
        }

        WriteLines(log, next);
        log.Flush(flushToDisk: true);
    }

    private static void RequireNext(AuthorKey author, LogHead head, IReadOnlyList<SignedStatement> next)
    {
        if (LogReader.ReadNext(author, head, [.. next.Select(signed => signed.Line)], out var fault) is null)
        {
            throw new IOException($"the statements do not follow the log of {author.Id}: {fault}");
        }
    }

    private void PutAside(AuthorKey author, long from)
    {
        using var log = new FileStream(LogPath(author.Id), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Position = from;
        using var torn = new FileStream(Path.Combine(Folder, author.Id + TornSuffix), FileMode.Append, FileAccess.Write);
        log.CopyTo(torn);
        torn.WriteByte(LineEnd);
        torn.Flush(flushToDisk: true);
    }

    private async Task<FileStream> HoldAsync()
    {
        for (var start = _clock.GetTimestamp(); ;)
        {
            try
            {
                return new FileStream(Path.Combine(Folder, "write.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (exception is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
            {
                if (_clock.GetElapsedTime(start) >= Patience)
                {
                    throw new IOException($"another process writes to {Folder}; try again", exception);
                }
            }

            await Task.Delay(Retry, _clock);
        }
    }

    private static void WriteLines(Stream stream, IReadOnlyList<SignedStatement> statements)
    {
        // One write for all lines, so that a crash leaves at most an incomplete end.
        using var lines = new MemoryStream();
        foreach (var signed in statements)
        {
            WriteLine(lines, signed.Line.Span);
        }

        lines.WriteTo(stream);
    }

    private static void WriteLine(Stream stream, ReadOnlySpan<byte> line)
    {
        stream.Write(line);
        stream.WriteByte(LineEnd);
    }
}
