using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>A fault in a line of a log.</summary>
/// <param name="Line">The line's number, from 1; the header is line 1.</param>
/// <param name="Offset">The octet at which the line begins, from 0.</param>
/// <param name="Problem">The fault, to be read after "line 7: ".</param>
public sealed record LogFault(int Line, long Offset, string Problem)
{
    public override string ToString() => $"line {Line}: {Problem}";
}

/// <summary>The verified content of a log.</summary>
public sealed record LogReading
{
    /// <summary>The author's key; null when the header is damaged. Then nothing else is known.</summary>
    public AuthorKey? Key { get; init; }

    /// <summary>The statements of the unbroken chain from the start.</summary>
    public IReadOnlyList<SignedStatement> Statements { get; init; } = [];

    /// <summary>
    /// Statements after a fault. Their signatures are valid, but the chain before them is broken. Suspensions and revocations among them
    /// still count, because damage to a file must not give trust back.
    /// </summary>
    public IReadOnlyList<SignedStatement> Unchained { get; init; } = [];

    /// <summary>The lines that could not be verified; empty for a sound log.</summary>
    public IReadOnlyList<LogFault> Faults { get; init; } = [];

    /// <summary>A last line without line end: an interrupted write that was never acknowledged. Null when there is none.</summary>
    public LogFault? Torn { get; init; }

    /// <summary>Octets of the header and the unbroken chain; a repair keeps these.</summary>
    public long SoundLength { get; init; }

    /// <summary>The reading after further statements were appended to a log without faults and an incomplete last line was removed.</summary>
    public LogReading With(AuthorKey key, IReadOnlyList<SignedStatement> next) => this with
    {
        Key = key,
        Statements = StatementList.Join(Statements, next),
        SoundLength = (SoundLength == 0 ? LogHeader.Length : SoundLength) + next.Sum(signed => signed.Line.Length + 1),
        Torn = null,
    };

    public LogHead Head => Statements.Count == 0 ? default : Statements[^1].Head;

    /// <summary>The statements of this log that may count in the fold.</summary>
    public IEnumerable<Statement> Counting =>
        Statements.Select(signed => signed.Statement).Concat(Unchained.Select(signed => signed.Statement).Where(statement => statement.IsDenial));
}
