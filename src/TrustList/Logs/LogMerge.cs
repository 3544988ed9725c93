using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>
/// The result of merging lines from a peer into an author's log. Each line's signature is verified, not only the last one's; otherwise the
/// result would depend on how the peer cut the log into messages.
/// </summary>
public sealed record LogMerge
{
    /// <summary>Statements that follow the end of the log.</summary>
    public IReadOnlyList<SignedStatement> Next { get; init; } = [];

    /// <summary>New lines that contradict the log and are signed by its author.</summary>
    public IReadOnlyList<SignedStatement> Forks { get; init; } = [];

    /// <summary>Why nothing was taken, with the number of the line among those that the peer sent; null: no fault.</summary>
    public LogFault? Fault { get; init; }

    /// <summary>Whether the lines, and so all that follow them, belong to another branch than this log.</summary>
    public bool Apart { get; init; }

    /// <summary>Whether the log has reached its size limit, so that lines were left out.</summary>
    public bool IsFull { get; init; }

    /// <summary>Checks consecutive lines of a log; the first follows a line that is held. On a fault it takes none of them.</summary>
    /// <param name="key">The author's key.</param>
    /// <param name="have">The author's log as it is held now.</param>
    /// <param name="lines">Lines from a peer, without gaps.</param>
    /// <param name="apart">Whether earlier lines already belonged to another branch.</param>
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
    /// Checks lines that contradict the peer's log. They are skipped while none of them contradicts a line that is held here. Otherwise
    /// lines that this node merely has not received yet could use up the room for proofs of a fork.
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
