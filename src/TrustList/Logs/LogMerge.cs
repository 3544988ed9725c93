using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>What lines from a peer add to an author's log.</summary>
public sealed record LogMerge
{
    /// <summary>
    /// Contradicting lines kept for one author. The first proves the fork; the rest matter for their denials, and an author
    /// who forks on purpose must not fill disks.
    /// </summary>
    public const int MaxForks = 1000;

    /// <summary>Statements that go on where the log ends.</summary>
    public IReadOnlyList<SignedStatement> Next { get; init; } = [];

    /// <summary>Lines that contradict the log, signed by its author, and not known before.</summary>
    public IReadOnlyList<SignedStatement> Forks { get; init; } = [];

    /// <summary>Why nothing was taken; the line is counted within what the peer sent. Null when all is well.</summary>
    public LogFault? Fault { get; init; }

    /// <summary>The lines do not go on where the log ends, though each may be genuine: ask for the whole log, there is a fork.</summary>
    public bool Diverges { get; init; }

    /// <summary>Checks lines against a log. It takes all or nothing.</summary>
    /// <param name="key">The author's.</param>
    /// <param name="have">The log here.</param>
    /// <param name="forks">The contradicting lines held here.</param>
    /// <param name="lines">From a peer, in the order of its log, or of no log where they contradict it.</param>
    public static LogMerge Of(AuthorKey key, LogReading have, IReadOnlyList<SignedStatement> forks, IReadOnlyList<ReadOnlyMemory<byte>> lines)
    {
        List<ReadOnlyMemory<byte>> next = [];
        List<SignedStatement> contradicting = [];
        var known = forks.Select(signed => LineHash.Of(signed.Line.Span)).ToHashSet();
        for (var i = 0; i < lines.Count; i++)
        {
            if (!SignedStatement.TryParse(lines[i], out var signed, out var error))
            {
                return new LogMerge { Fault = new LogFault(i + 1, 0, error) };
            }

            var place = signed.Statement.Seq;
            if (place >= 1 && place <= have.Statements.Count && have.Statements[(int)place - 1].Line.Span.SequenceEqual(lines[i].Span))
            {
                continue;
            }

            if (place > have.Statements.Count && contradicting.Count == 0)
            {
                next.Add(lines[i]);
            }
            else if (!signed.IsSignedBy(key))
            {
                return new LogMerge { Fault = new LogFault(i + 1, 0, LogReader.Forged) };
            }
            else if (known.Add(LineHash.Of(lines[i].Span)) && known.Count <= MaxForks)
            {
                contradicting.Add(signed);
            }
        }

        var follows = LogReader.ReadNext(key, have.Head, next, out var fault);
        return follows is not null
            ? new LogMerge { Next = follows, Forks = contradicting }
            : new LogMerge { Fault = fault! with { Line = lines.Count - next.Count + fault.Line }, Diverges = fault.Line == 1 };
    }
}
