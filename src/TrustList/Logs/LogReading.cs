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

/// <summary>The verified content of a log.</summary>
public sealed record LogReading
{
    /// <summary>The author's key; null when the head of the log is damaged. Nothing else can be verified then.</summary>
    public AuthorKey? Key { get; init; }

    /// <summary>The unbroken chain from the start.</summary>
    public IReadOnlyList<SignedStatement> Statements { get; init; } = [];

    /// <summary>
    /// Statements after a fault. The author signed them, but statements before them are missing. Denials among them
    /// still count, because damage to a file must not give trust back.
    /// </summary>
    public IReadOnlyList<SignedStatement> Unchained { get; init; } = [];

    /// <summary>Every line that cannot be verified; empty for a sound log.</summary>
    public IReadOnlyList<LogFault> Faults { get; init; } = [];

    /// <summary>A last line without a line end: an interrupted write, never acknowledged. Null when there is none.</summary>
    public LogFault? Torn { get; init; }

    /// <summary>Octets of the head and the unbroken chain; a repair keeps these.</summary>
    public long SoundLength { get; init; }

    /// <summary>The reading of a faultless log after further statements were written to its end, and an incomplete last line was moved away.</summary>
    public LogReading With(AuthorKey key, IReadOnlyList<SignedStatement> next) => this with
    {
        Key = key,
        Statements = StatementList.Join(Statements, next),
        SoundLength = (SoundLength == 0 ? LogHeader.Length : SoundLength) + next.Sum(signed => signed.Line.Length + 1),
        Torn = null,
    };

    public LogHead Head => Statements.Count == 0 ? default : Statements[^1].Head;

    /// <summary>The statements of this log for the fold.</summary>
    public IEnumerable<Statement> Counting =>
        Statements.Select(signed => signed.Statement).Concat(Unchained.Select(signed => signed.Statement).Where(statement => statement.IsDenial));
}
