using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Feed;

/// <summary>A question that was sent, and the state of its answer.</summary>
internal sealed class FeedQuestion(LogWantFrame want)
{
    // The most octets of contradicting lines, beyond those of the log itself: four times the lines that are kept.
    private const long ForkOctets = 4L * LogLimits.Forks * StatementText.MaxLine;

    private AuthorKey? _key;
    private long _due = want.After + 1;
    private LineHash _last;
    private int _forks;
    private long _octets;
    private bool _apart;

    public LogWantFrame Want => want;

    /// <summary>Whether the rest of the answer is ignored.</summary>
    public bool IsSkipping { get; private set; }

    /// <summary>Whether the first line does not follow the line held before it, so that the two logs differ earlier.</summary>
    public bool Parts { get; private set; }

    /// <summary>Whether the peer has sent a head since it was asked; it may be later than the head that the answer ends with.</summary>
    public bool IsSuperseded { get; private set; }

    /// <summary>Whether the answer has exceeded the size limit of a log.</summary>
    public bool IsOverrun { get; private set; }

    public void Supersede(string author) => IsSuperseded |= author == want.Author;

    public void Skip() => IsSkipping = true;

    /// <summary>Checks a frame of the answer.</summary>
    /// <param name="frame">Lines of the author that was asked for.</param>
    /// <param name="have">The author's log as it is held now.</param>
    /// <param name="limit">The most octets that the log may have.</param>
    public LinesOutcome Take(LinesFrame frame, AuthorLog have, long limit)
    {
        _octets += frame.Octets;
        if (!IsOverrun && _octets > limit + ForkOctets)
        {
            // This is no fault of the peer: it may keep more lines of a hostile author than this node does.
            IsSkipping = IsOverrun = true;
            return new LinesOutcome { IsOverrun = true };
        }

        if (IsSkipping)
        {
            return LinesOutcome.Nothing;
        }

        if ((frame.Lines.Count > 0 && frame.Forks.Count > 0) || (frame.Lines.Count == 0 && frame.Forks.Count == 0 && frame.End is null))
        {
            return LinesOutcome.Cut("a frame that is empty, or of two kinds");
        }

        if (frame.Lines.Count + frame.Forks.Count > 0 && (_key ??= KeyOf(frame, have)) is null)
        {
            return LinesOutcome.Cut("lines without their author's key");
        }

        var take = frame.Forks.Count > 0 ? TakeForks(frame.Forks, have) : TakeLines(frame.Lines, have, limit);
        return take.Fault is null && !IsSkipping && frame.End is { } end && Lacks(end) is { } fault ? LinesOutcome.Cut(fault) : take;
    }

    private static AuthorKey? KeyOf(LinesFrame frame, AuthorLog have) =>
        have.Log.Key ?? (frame.Key is not null && AuthorKey.TryParse(frame.Key, out var key) && key.Id == frame.Author ? key : null);

    private LinesOutcome TakeLines(IReadOnlyList<ReadOnlyMemory<byte>> lines, AuthorLog have, long limit)
    {
        var parsed = new List<SignedStatement>(lines.Count);
        foreach (var line in lines)
        {
            if (!SignedStatement.TryParse(line, out var signed, out var error))
            {
                return LinesOutcome.Cut($"a line of which {error}");
            }

            if (signed.Statement.Seq != _due++)
            {
                return LinesOutcome.Cut("lines out of order");
            }

            parsed.Add(signed);
        }

        if (parsed.Count == 0)
        {
            return LinesOutcome.Nothing;
        }

        if (_last == default && want.After > 0 && parsed[0].Statement.Previous != have.HashAt(want.After))
        {
            IsSkipping = Parts = true;
            return LinesOutcome.Nothing;
        }

        _last = LineHash.Of(lines[^1].Span);
        return Keep(LogMerge.Chain(_key!, have, parsed, _apart, limit));
    }

    private LinesOutcome TakeForks(IReadOnlyList<ReadOnlyMemory<byte>> lines, AuthorLog have)
    {
        _forks += lines.Count;
        if (!want.Forks)
        {
            return LinesOutcome.Cut("contradicting lines that were not asked for");
        }

        var parsed = new List<SignedStatement>(lines.Count);
        foreach (var line in lines)
        {
            if (!SignedStatement.TryParse(line, out var signed, out var error))
            {
                return LinesOutcome.Cut($"a line of which {error}");
            }

            parsed.Add(signed);
        }

        return Keep(LogMerge.Loose(_key!, have, parsed));
    }

    private LinesOutcome Keep(LogMerge merge)
    {
        _apart |= merge.Apart;
        IsSkipping |= merge.IsFull;
        return merge.Fault is { } fault
            ? LinesOutcome.Cut($"a line of which {fault.Problem}")
            : new LinesOutcome(merge.Next.Count + merge.Forks.Count > 0 ? new LogChange(_key!, merge.Next, merge.Forks) : null) { IsFull = merge.IsFull };
    }

    // An end that names lines which the answer did not contain would make this node ask again and again.
    private string? Lacks(FeedHead end) =>
        end.Author != want.Author ? "the end of another answer"
        : _last == default && end.Seq > want.After ? "an end without its lines"
        : _last != default && (end.Seq != _due - 1 || end.Hash != _last) ? "an end that is not its last line"
        : want.Forks && end.Forks != _forks ? "fewer contradicting lines than its head says"
        : null;
}
