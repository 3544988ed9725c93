using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>Something wrong with a line of a log.</summary>
/// <param name="Line">From 1; the head of the log is line 1.</param>
/// <param name="Offset">Where the line begins, in octets.</param>
/// <param name="Problem">In words, to go after "line 7: ".</param>
public sealed record LogFault(int Line, long Offset, string Problem)
{
    public override string ToString() => $"line {Line}: {Problem}";
}

/// <summary>What a log proved to hold.</summary>
public sealed record LogReading
{
    /// <summary>The author's key; null when the head of the log is damaged, and then nothing else is known.</summary>
    public AuthorKey? Key { get; init; }

    /// <summary>The unbroken chain from the start.</summary>
    public IReadOnlyList<SignedStatement> Statements { get; init; } = [];

    /// <summary>
    /// Statements after a fault: signed by the author, so genuine, but what came between is missing. Denials among them
    /// still count, as damage to a file must not give trust back.
    /// </summary>
    public IReadOnlyList<SignedStatement> Unchained { get; init; } = [];

    /// <summary>Every line that does not prove itself; empty for a sound log.</summary>
    public IReadOnlyList<LogFault> Faults { get; init; } = [];

    /// <summary>A last line without its end: a write that was cut off, and never acknowledged. Null when there is none.</summary>
    public LogFault? Torn { get; init; }

    /// <summary>Octets of the head and the unbroken chain: what a repair keeps.</summary>
    public long SoundLength { get; init; }

    /// <summary>The reading of a log without faults after statements that follow were written to its end, and what was torn was put aside.</summary>
    public LogReading With(AuthorKey key, IReadOnlyList<SignedStatement> next) => this with
    {
        Key = key,
        Statements = StatementList.Join(Statements, next),
        SoundLength = (SoundLength == 0 ? LogHeader.Length : SoundLength) + next.Sum(signed => signed.Line.Length + 1),
        Torn = null,
    };

    public LogHead Head => Statements.Count == 0 ? default : Statements[^1].Head;

    /// <summary>What the fold may take from this log.</summary>
    public IEnumerable<Statement> Counting =>
        Statements.Select(signed => signed.Statement).Concat(Unchained.Select(signed => signed.Statement).Where(statement => statement.IsDenial));
}
