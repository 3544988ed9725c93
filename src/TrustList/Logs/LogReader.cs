using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>
/// Reads an author's log, an append-only text file: a header line, then one line for each statement. It verifies form, author, seq, hash
/// chain and signatures. In a sound log only the last signature is verified, because it covers the hash of the line before and so every
/// octet before it. When something is wrong, each line is verified by itself, so that the faulty lines can be named.
/// </summary>
public static class LogReader
{
    private const byte LineEnd = (byte)'\n';
    internal const string Forged = "its signature is forged";

    /// <summary>Reads a log. Never throws on its content.</summary>
    public static LogReading Read(ReadOnlyMemory<byte> log)
    {
        var end = log.Span.IndexOf(LineEnd);
        if (end < 0)
        {
            return log.IsEmpty ? new LogReading() : new LogReading { Torn = new LogFault(1, 0, TornProblem(log.Length)) };
        }

        if (!LogHeader.TryParse(log.Span[..end], out var key, out var error))
        {
            return new LogReading { Faults = [new LogFault(1, 0, error)] };
        }

        var whole = log.Span.LastIndexOf(LineEnd) + 1;
        var torn = log[whole..];
        var lines = Split(log[..whole], end + 1);
        return (ReadSound(key, lines) ?? ReadDamaged(key, lines, end + 1)) with
        {
            Torn = torn.IsEmpty ? null : new LogFault(lines.Count + 2, whole, TornProblem(torn.Length)),
        };
    }

    /// <summary>
    /// Reads and verifies only the part that was appended to a sound log since it was read. Null when that part does not follow; then the
    /// whole log has to be read.
    /// </summary>
    /// <param name="before">The reading of the part before. Its key is known, and it has no faults.</param>
    /// <param name="added">The octets after the sound part. The reading refers to them.</param>
    public static LogReading? ReadOn(LogReading before, ReadOnlyMemory<byte> added)
    {
        var whole = added.Span.LastIndexOf(LineEnd) + 1;
        var torn = added[whole..];
        if (ReadNext(before.Key!, before.Head, Split(added[..whole], 0), out _) is not { } next)
        {
            return null;
        }

        return before with
        {
            Statements = StatementList.Join(before.Statements, next),
            SoundLength = before.SoundLength + whole,
            Torn = torn.IsEmpty ? null : new LogFault(before.Statements.Count + next.Count + 2, before.SoundLength + whole, TornProblem(torn.Length)),
        };
    }

    /// <summary>
    /// Reads statements that should follow a head, one after the other. Null, with the fault, unless all of them do.
    /// </summary>
    public static IReadOnlyList<SignedStatement>? ReadNext(AuthorKey key, LogHead head, IReadOnlyList<ReadOnlyMemory<byte>> lines, out LogFault? fault)
    {
        fault = null;
        var statements = new List<SignedStatement>(lines.Count);
        for (var i = 0; i < lines.Count; i++)
        {
            if (!SignedStatement.TryParse(lines[i], out var signed, out var error) || (error = head.Problem(key, signed.Statement)) is not null)
            {
                fault = new LogFault(i + 1, 0, error);
                return null;
            }

            statements.Add(signed);
            head = signed.Head;
        }

        if (statements.Count > 0 && !statements[^1].IsSignedBy(key))
        {
            fault = new LogFault(statements.Count, 0, Forged);
            return null;
        }

        return statements;
    }

    /// <summary>
    /// Reads lines that form no chain, such as those that contradict a log. Each is verified by itself. The result has them in
    /// <see cref="LogReading.Unchained"/>.
    /// </summary>
    public static LogReading ReadLoose(AuthorKey key, ReadOnlyMemory<byte> lines)
    {
        var whole = lines.Span.LastIndexOf(LineEnd) + 1;
        var torn = lines[whole..];
        List<SignedStatement> genuine = [];
        List<LogFault> faults = [];
        var number = 0;
        long offset = 0;
        foreach (var line in Split(lines[..whole], 0))
        {
            number++;
            var problem = SignedStatement.TryParse(line, out var signed, out var error) ? null : error;
            problem ??= signed!.IsSignedBy(key) ? null : Forged;
            if (problem is null)
            {
                genuine.Add(signed!);
            }
            else
            {
                faults.Add(new LogFault(number, offset, problem));
            }

            offset += line.Length + 1;
        }

        return new LogReading
        {
            Key = key,
            Unchained = genuine,
            Faults = faults,
            Torn = torn.IsEmpty ? null : new LogFault(number + 1, whole, TornProblem(torn.Length)),
        };
    }

    private static string TornProblem(int octets) => $"it has no end; {octets} octets of a write that was cut off";

    private static LogReading? ReadSound(AuthorKey key, List<ReadOnlyMemory<byte>> lines)
    {
        var head = default(LogHead);
        var statements = new List<SignedStatement>(lines.Count);
        long length = 0;
        foreach (var line in lines)
        {
            if (!SignedStatement.TryParse(line, out var signed, out _) || head.Problem(key, signed.Statement) is not null)
            {
                return null;
            }

            statements.Add(signed);
            head = signed.Head;
            length += line.Length + 1;
        }

        return statements.Count == 0 || statements[^1].IsSignedBy(key)
            ? new LogReading { Key = key, Statements = statements, SoundLength = LogHeader.Line(key).Length + 1 + length }
            : null;
    }

    private static LogReading ReadDamaged(AuthorKey key, List<ReadOnlyMemory<byte>> lines, long offset)
    {
        var head = default(LogHead);
        List<SignedStatement> chain = [];
        List<SignedStatement> unchained = [];
        List<LogFault> faults = [];
        var sound = offset;
        for (var i = 0; i < lines.Count; i++)
        {
            var problem = SignedStatement.TryParse(lines[i], out var signed, out var error) ? null : error;
            problem ??= signed!.IsSignedBy(key) ? null : Forged;
            var genuine = problem is null;

            // The chain is broken from the first fault on. Reporting that for every further line would hide which lines are damaged.
            problem ??= faults.Count == 0 ? head.Problem(key, signed!.Statement) : null;
            if (problem is not null)
            {
                faults.Add(new LogFault(i + 2, offset, problem));
            }

            offset += lines[i].Length + 1;
            if (genuine)
            {
                (faults.Count == 0 ? chain : unchained).Add(signed!);
            }

            if (faults.Count == 0)
            {
                head = signed!.Head;
                sound = offset;
            }
        }

        return new LogReading { Key = key, Statements = chain, Unchained = unchained, Faults = faults, SoundLength = sound };
    }

    private static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> log, int from)
    {
        List<ReadOnlyMemory<byte>> lines = [];
        while (from < log.Length)
        {
            var length = log.Span[from..].IndexOf(LineEnd);
            lines.Add(log.Slice(from, length));
            from += length + 1;
        }

        return lines;
    }
}
