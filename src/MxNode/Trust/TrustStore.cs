using ThrottleNet.MxNode.Hosting;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust;

/// <summary>
/// The authors' logs on disk: <c>ID.trustlog</c> for each author, append-only, and <c>ID.forks</c> with the lines that
/// contradict it. One process writes at a time; any number read.
/// </summary>
internal sealed class TrustStore(string folder)
{
    private const string LogSuffix = ".trustlog";
    private const string ForkSuffix = ".forks";
    private const string TornSuffix = ".torn";
    private const byte LineEnd = (byte)'\n';

    public string Folder => folder;

    /// <summary>The authors that have a log here, in order of id.</summary>
    public IReadOnlyList<string> Authors =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*" + LogSuffix).Select(path => Path.GetFileNameWithoutExtension(path)!).Where(AuthorKey.IsId).Order(StringComparer.Ordinal)]
            : [];

    public string LogPath(string author) => Path.Combine(folder, author + LogSuffix);

    public string ForksPath(string author) => Path.Combine(folder, author + ForkSuffix);

    /// <summary>Changes whenever a log does: names, lengths and times of the files.</summary>
    public string Stamp() =>
        Directory.Exists(folder)
            ? string.Join(';', new DirectoryInfo(folder).EnumerateFiles()
                .Where(file => file.Extension is LogSuffix or ForkSuffix)
                .OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => $"{file.Name},{file.Length},{file.LastWriteTimeUtc.Ticks}"))
            : "";

    /// <summary>Reads and checks one author's log; an empty reading when there is none.</summary>
    public LogReading Read(string author)
    {
        if (!File.Exists(LogPath(author)))
        {
            return new LogReading();
        }

        var reading = LogReader.Read(ReadShared(LogPath(author)));
        return reading.Key is { } key && key.Id != author
            ? new LogReading { Faults = [new LogFault(1, 0, $"it is the log of {key.Id}")] }
            : reading;
    }

    /// <summary>Reads the lines that contradict an author's log; null when there are none.</summary>
    public LogReading? ReadForks(AuthorKey author)
    {
        var path = ForksPath(author.Id);
        return File.Exists(path) ? LogReader.ReadLoose(author, ReadShared(path)) : null;
    }

    /// <summary>
    /// Appends statements that follow the author's log, on disk when it returns. A torn last line is put aside first, into
    /// <c>ID.torn</c>.
    /// </summary>
    /// <exception cref="IOException">Another process writes, the disk fails, the log is damaged, or the statements do not follow it.</exception>
    public void Append(AuthorKey author, IReadOnlyList<SignedStatement> next)
    {
        Directory.CreateDirectory(folder);
        using var held = Hold();
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

        var reading = Read(author.Id);
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
            // The file is there, but not even its head: restored from a bad copy, or made by hand.
            WriteLine(log, LogHeader.Line(author));
        }

        WriteLines(log, next);
        log.Flush(flushToDisk: true);
    }

    /// <summary>Keeps lines that contradict an author's log: the proof that it forked.</summary>
    /// <exception cref="IOException">Another process writes, or the disk fails.</exception>
    public void AppendForks(AuthorKey author, IReadOnlyList<SignedStatement> forks)
    {
        using var held = Hold();
        using var file = new FileStream(ForksPath(author.Id), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        WriteLines(file, forks);
        file.Flush(flushToDisk: true);
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
        var log = ReadShared(LogPath(author.Id));
        using var torn = new FileStream(Path.Combine(folder, author.Id + TornSuffix), FileMode.Append, FileAccess.Write);
        WriteLine(torn, log.AsSpan((int)from));
        torn.Flush(flushToDisk: true);
    }

    private FileStream Hold()
    {
        try
        {
            return new FileStream(Path.Combine(folder, "write.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException($"another process writes to {folder}; try again", exception);
        }
    }

    private static void WriteLines(Stream stream, IReadOnlyList<SignedStatement> statements)
    {
        // One write for all, so that a crash tears at most the end.
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

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var octets = new byte[file.Length];
        return octets[..file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false)];
    }
}
