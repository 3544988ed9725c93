using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.TrustList.Feed;

/// <summary>
/// One node's side of the feed with one peer: what to tell it, what to ask it, what to answer, and when it misbehaves. It reads and
/// sends nothing itself, so it holds no frames: <see cref="Next"/> makes each when there is room for it. Not thread-safe.
/// </summary>
/// <remarks>Times are counted from any moment, the same in all calls.</remarks>
public sealed class FeedPeer
{
    /// <summary>Heads kept of one peer; more are not looked at.</summary>
    public const int MaxHeads = 10_000;

    /// <summary>The least time between two frames of heads, but for the first: what changes meanwhile goes together.</summary>
    public static readonly TimeSpan TellPause = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a question may go without any frame of its answer.</summary>
    public static readonly TimeSpan AnswerPatience = TimeSpan.FromMinutes(1);

    /// <summary>How long an author is not asked for of whom the peer has sent more than a log may have.</summary>
    public static readonly TimeSpan OverrunPause = TimeSpan.FromMinutes(10);

    // In a frame of heads: some 100 octets each.
    private const int HeadsInFrame = 2_000;

    private readonly Dictionary<string, FeedHead> _told = [];
    private readonly Dictionary<string, FeedHead> _theirs = [];
    private readonly Dictionary<string, FeedHead> _done = [];
    private readonly Dictionary<string, long> _back = [];
    private readonly Dictionary<string, TimeSpan> _putOff = [];
    private FeedShelf? _toldShelf;
    private bool _begun;
    private TimeSpan _tellAt;
    private TimeSpan _heardAt;
    private FeedQuestion? _question;
    private FeedAnswer? _answer;

    /// <summary>Whether there is something to tell that waits for <see cref="TellPause"/>.</summary>
    public bool HoldsBack { get; private set; }

    /// <summary>Whether what is left of the answer will not be kept.</summary>
    public bool IsSkipping => _question is { IsSkipping: true };

    /// <summary>The next frame to send; null when there is none for now.</summary>
    public FeedFrame? Next(FeedShelf shelf, TimeSpan now) => (FeedFrame?)Tell(shelf, now) ?? (FeedFrame?)Ask(shelf, now) ?? Answer();

    /// <summary>The peer's heads.</summary>
    public void Receive(HeadsFrame frame)
    {
        foreach (var head in frame.Heads.Where(head => _theirs.Count < MaxHeads || _theirs.ContainsKey(head.Author)))
        {
            _theirs[head.Author] = head;
            _question?.Supersede(head.Author);
        }

        _toldShelf = null;
    }

    /// <summary>The peer's question. Gives what it does wrong; null when all is well.</summary>
    public string? Receive(WantFrame frame, FeedShelf shelf)
    {
        if (_answer is not null)
        {
            return "a question before the last answer had ended";
        }

        _answer = new FeedAnswer(shelf.Spreads(frame.Author) ? shelf.Log(frame.Author) : AuthorLog.None(frame.Author), frame.After, frame.Forks);
        return null;
    }

    /// <summary>Whether lines of this author are due.</summary>
    public bool Expects(string author) => _question?.Want.Author == author;

    /// <summary>A piece of the peer's answer; gives what is to be kept of it, before the next is taken.</summary>
    /// <param name="frame">Of an author that is due.</param>
    /// <param name="have">What is held of that author now.</param>
    /// <param name="limit">Octets that its log may have.</param>
    /// <param name="now">The time.</param>
    public FeedTake Take(LinesFrame frame, AuthorLog have, long limit, TimeSpan now)
    {
        _heardAt = now;
        var question = _question!;
        var take = question.Take(frame, have, limit);
        if (take.IsOverrun)
        {
            PutOff(frame.Author, now + OverrunPause);
        }

        if (take.Fault is null && frame.End is { } end)
        {
            _question = null;
            Close(question, end, now);
        }

        return take;
    }

    /// <summary>What came could not be kept: the author is not asked for again before a time.</summary>
    public void PutOff(string author, TimeSpan until)
    {
        _question?.Skip();
        _done.Remove(author);
        _putOff[author] = until;
    }

    /// <summary>Whether the peer has left a question unanswered for too long.</summary>
    public bool IsOverdue(TimeSpan now) => _question is not null && now - _heardAt > AnswerPatience;

    private HeadsFrame? Tell(FeedShelf shelf, TimeSpan now)
    {
        HoldsBack = false;
        if (ReferenceEquals(shelf, _toldShelf))
        {
            return null;
        }

        var news = shelf.Authors.Select(shelf.Log).Select(FeedHead.Of)
            .Where(head => head != (_told.GetValueOrDefault(head.Author) ?? FeedHead.None(head.Author)) && head != _theirs.GetValueOrDefault(head.Author))
            .Take(HeadsInFrame).ToList();
        if (news.Count > 0 && now < _tellAt)
        {
            HoldsBack = true;
            return null;
        }

        foreach (var head in news)
        {
            _told[head.Author] = head;
        }

        _toldShelf = news.Count < HeadsInFrame ? shelf : null;
        if (_begun && news.Count == 0)
        {
            return null;
        }

        _begun = true;
        _tellAt = now + TellPause;
        return new HeadsFrame(news);
    }

    private WantFrame? Ask(FeedShelf shelf, TimeSpan now)
    {
        if (_question is not null)
        {
            return null;
        }

        foreach (var author in shelf.Authors)
        {
            if (_theirs.TryGetValue(author, out var theirs) && !(_putOff.GetValueOrDefault(author) > now)
                && WantOf(theirs, shelf.Log(author), shelf.LimitOf(author)) is { } want)
            {
                _question = new FeedQuestion(want);
                _heardAt = now;
                return want;
            }
        }

        return null;
    }

    private LinesFrame? Answer()
    {
        var frame = _answer?.Next();
        _answer = frame?.End is null ? _answer : null;
        return frame;
    }

    // Null when the peer has nothing that is not held here, or was not brought by it already.
    private WantFrame? WantOf(FeedHead theirs, AuthorLog mine, long limit)
    {
        if (mine.Log.Faults.Count > 0 || AuthorLog.IsFull(mine.Size, limit))
        {
            return null;
        }

        var done = _done.GetValueOrDefault(theirs.Author);
        var knowsChain = theirs.Seq == 0 || mine.HoldsBranch(theirs.Seq, theirs.Hash) || (done?.Seq == theirs.Seq && done.Hash == theirs.Hash);
        var knowsForks = theirs.Forks == 0 || theirs.ForksHash == mine.ForksHash || theirs.ForksHash == done?.ForksHash;
        var after = knowsChain ? theirs.Seq : Math.Max(0, Math.Min(mine.Head.Seq, theirs.Seq - 1) - _back.GetValueOrDefault(theirs.Author));
        return knowsChain && knowsForks ? null : new WantFrame(theirs.Author, after, !knowsForks);
    }

    private void Close(FeedQuestion question, FeedHead end, TimeSpan now)
    {
        var author = question.Want.Author;
        if (!question.IsSuperseded)
        {
            _theirs[author] = end;
        }

        if (question.Parts)
        {
            // Twice as far back each time: the place where the logs part is found at about the cost of what comes after it.
            _back[author] = Math.Max(1, 2 * _back.GetValueOrDefault(author));
            return;
        }

        _back.Remove(author);
        if (!(_putOff.GetValueOrDefault(author) > now))
        {
            _done[author] = question.Want.Forks ? end : end with { ForksHash = _done.GetValueOrDefault(author)?.ForksHash ?? default };
        }
    }
}
