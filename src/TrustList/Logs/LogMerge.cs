using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>
/// The result of merging a peer's lines into an author's log. Each signature is checked, not only the last of a message; otherwise the result
/// would depend on where the peer cut the log into messages.
/// </summary>
public sealed record LogMerge
{
    /// <summary>Statements that follow the end of the log.</summary>
    public IReadOnlyList<SignedStatement> Next { get; init; } = [];

    /// <summary>New lines that contradict the log, signed by its author.</summary>
    public IReadOnlyList<SignedStatement> Forks { get; init; } = [];

    /// <summary>Why no line was taken. Its line number counts the lines that the peer sent. Null when there is no fault.</summary>
    public LogFault? Fault { get; init; }

    /// <summary>The lines, and those that follow them, are another branch than this log.</summary>
    public bool Apart { get; init; }

    /// <summary>The log has reached its limit, and lines were left out.</summary>
    public bool IsFull { get; init; }

    /// <summary>Checks consecutive lines of a log; the first follows a line that is held. Takes all of them or none.</summary>
    /// <param name="key">The author's key.</param>
    /// <param name="have">The author's log as held now.</param>
    /// <param name="lines">From a peer, without gaps.</param>
    /// <param name="apart">Whether the lines before these are already another branch.</param>
    /// <param name="limit">The most octets that the log may have.</param>
    public static LogMerge Chain(AuthorKey key, AuthorLog have, IReadOnlyList<SignedStatement> lines, bool apart, long limit)
    {
        var head = have.Head;
        var size = have.Size;
        List<SignedStatement> next = [];
        var aside = new Contradictions(have);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            var place = line.Statement.Seq;
            var hash = LineHash.Of(line.Line.Span);
            apart |= place <= have.Head.Seq && have.HashAt(place) != hash;
            if (apart ? have.Holds(place, hash) : place <= have.Head.Seq)
            {
                continue;
            }

            if (!apart && AuthorLog.IsFull(size, limit))
            {
                return new LogMerge { Next = next, IsFull = true };
            }

            if ((apart ? null : head.Problem(key, line.Statement)) is { } problem)
            {
                return new LogMerge { Fault = new LogFault(i + 1, 0, problem) };
            }

            if (!line.IsSignedBy(key))
            {
                return new LogMerge { Fault = new LogFault(i + 1, 0, LogReader.Forged) };
            }

            if (apart)
            {
                aside.Add(hash, line);
            }
            else
            {
                next.Add(line);
                head = new LogHead(place, hash, line.Statement.Issued);
                size += line.Line.Length + 1;
            }
        }

        return new LogMerge { Next = next, Forks = aside.Taken, Apart = apart };
    }

    /// <summary>
    /// Checks lines that contradict the peer's log. If none of them contradicts a line that is held here, they are skipped: otherwise a peer could
    /// fill the room for contradicting lines with lines that are merely newer than this node's log.
    /// </summary>
    public static LogMerge Loose(AuthorKey key, AuthorLog have, IReadOnlyList<SignedStatement> lines)
    {
        var aside = new Contradictions(have);
        var isForked = have.FirstFork is not null;
        for (var i = 0; i < lines.Count; i++)
        {
            var place = lines[i].Statement.Seq;
            var hash = LineHash.Of(lines[i].Line.Span);
            if (have.Holds(place, hash))
            {
                continue;
            }

            if (!lines[i].IsSignedBy(key))
            {
                return new LogMerge { Fault = new LogFault(i + 1, 0, LogReader.Forged) };
            }

            isForked |= have.HoldsPlace(place);
            if (isForked)
            {
                aside.Add(hash, lines[i]);
            }
        }

        return new LogMerge { Forks = aside.Taken };
    }

    private sealed class Contradictions(AuthorLog have)
    {
        private readonly HashSet<LineHash> _new = [];
        private ForkChoice? _choice;

        public List<SignedStatement> Taken { get; } = [];

        public void Add(LineHash hash, SignedStatement line)
        {
            if (_new.Add(hash) && (_choice ??= Begin()).Offer(line))
            {
                Taken.Add(line);
            }
        }

        private ForkChoice Begin()
        {
            var choice = new ForkChoice();
            foreach (var fork in have.Forks)
            {
                choice.Offer(fork);
            }

            return choice;
        }
    }
}
