using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.TrustList.Feed;

/// <summary>
/// One node's side of the feed with one peer: it announces heads, asks, answers, and detects misbehaviour. It does no I/O and queues no
/// frames: the caller takes one from <see cref="Next"/> whenever it can send. Not thread-safe.
/// </summary>
/// <remarks>All times count from one arbitrary moment.</remarks>
public sealed class FeedPeer
{
    /// <summary>The most heads kept of one peer; further heads are ignored.</summary>
    public const int MaxHeads = 10_000;

    /// <summary>The least time between two frames of heads. Changes in between go into one frame.</summary>
    public static readonly TimeSpan AnnouncePause = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a question may go without any frame of its answer.</summary>
    public static readonly TimeSpan AnswerPatience = TimeSpan.FromMinutes(1);

    /// <summary>Back-off before asking a peer again for an author whose log exceeded the size limit.</summary>
    public static readonly TimeSpan OverrunPause = TimeSpan.FromMinutes(10);

    // The most heads in a frame; each has about 100 octets.
    private const int HeadsInFrame = 2_000;

    private readonly Dictionary<string, FeedHead> _announced = [];
    private readonly Dictionary<string, FeedHead> _theirs = [];
    private readonly Dictionary<string, FeedHead> _done = [];
    private readonly Dictionary<string, long> _back = [];
    private readonly Dictionary<string, TimeSpan> _putOff = [];
    private HeldLogs? _announcedLogs;
    private bool _begun;
    private TimeSpan _announceAt;
    private TimeSpan _answeredAt;
    private FeedQuestion? _question;
    private FeedAnswer? _answer;

    /// <summary>Whether heads wait for the end of <see cref="AnnouncePause"/>.</summary>
    public bool HoldsBack { get; private set; }

    /// <summary>Whether the rest of the current answer is ignored.</summary>
    public bool IsSkipping => _question is { IsSkipping: true };

    /// <summary>Makes the next frame to send; null when there is none now.</summary>
    public FeedFrame? Next(HeldLogs held, TimeSpan now) => (FeedFrame?)Announce(held, now) ?? (FeedFrame?)Ask(held, now) ?? Answer();

    /// <summary>Takes the peer's heads.</summary>
    public void Receive(HeadsFrame frame)
    {
        foreach (var head in frame.Heads.Where(head => _theirs.Count < MaxHeads || _theirs.ContainsKey(head.Author)))
        {
            _theirs[head.Author] = head;
            _question?.Supersede(head.Author);
        }

        _announcedLogs = null;
    }

    /// <summary>Takes the peer's question.</summary>
    /// <returns>The peer's fault; null when there is none.</returns>
    public string? Receive(LogWantFrame frame, HeldLogs held)
    {
        if (_answer is not null)
        {
            return "a question before the last answer had ended";
        }

        var log = held.Exchanges(frame.Author) ? held.Log(frame.Author) : AuthorLog.None(frame.Author);
        _answer = new FeedAnswer(log, frame.After, frame.Forks);

        // The peer takes the head at the end of the answer for this node's. If it is another than the one announced, that one counts no
        // longer, and has to be sent again where this node comes back to it: as when a fork takes an author's delegation away for a time.
        if (_announced.TryGetValue(frame.Author, out var announced) && announced != FeedHead.Of(log))
        {
            _announced.Remove(frame.Author);
        }

        return null;
    }

    /// <summary>Whether the peer has been asked for lines of this author.</summary>
    public bool Expects(string author) => _question?.Want.Author == author;

    /// <summary>Takes a frame of the peer's answer. The caller stores the result's change before it takes the next frame.</summary>
    /// <param name="frame">Lines of an author that was asked for.</param>
    /// <param name="have">The author's log as it is held now.</param>
    /// <param name="limit">The most octets that the log may have.</param>
    /// <param name="now">The time.</param>
    public LinesOutcome Take(LinesFrame frame, AuthorLog have, long limit, TimeSpan now)
    {
        _answeredAt = now;
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

    /// <summary>Says that the lines could not be stored: the author is not asked for again before a time.</summary>
    public void PutOff(string author, TimeSpan until)
    {
        _question?.Skip();
        _done.Remove(author);
        _putOff[author] = until;
    }

    /// <summary>Whether the peer has left a question unanswered for too long.</summary>
    public bool IsOverdue(TimeSpan now) => _question is not null && now - _answeredAt > AnswerPatience;

    private HeadsFrame? Announce(HeldLogs held, TimeSpan now)
    {
        HoldsBack = false;
        if (ReferenceEquals(held, _announcedLogs))
        {
            return null;
        }

        var news = held.Authors.Select(held.Log).Select(FeedHead.Of)
            .Where(head => head != (_announced.GetValueOrDefault(head.Author) ?? FeedHead.None(head.Author)) && head != _theirs.GetValueOrDefault(head.Author))
            .Take(HeadsInFrame).ToList();
        if (news.Count > 0 && now < _announceAt)
        {
            HoldsBack = true;
            return null;
        }

        foreach (var head in news)
        {
            _announced[head.Author] = head;
        }

        _announcedLogs = news.Count < HeadsInFrame ? held : null;
        if (_begun && news.Count == 0)
        {
            return null;
        }

        _begun = true;
        _announceAt = now + AnnouncePause;
        return new HeadsFrame(news);
    }

    private LogWantFrame? Ask(HeldLogs held, TimeSpan now)
    {
        if (_question is not null)
        {
            return null;
        }

        foreach (var author in held.Authors)
        {
            if (_theirs.TryGetValue(author, out var theirs) && !(_putOff.GetValueOrDefault(author) > now)
                && WantOf(theirs, held.Log(author), held.LimitOf(author)) is { } want)
            {
                _question = new FeedQuestion(want);
                _answeredAt = now;
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

    // Null when the peer has nothing that this node lacks, or has already sent all of it.
    private LogWantFrame? WantOf(FeedHead theirs, AuthorLog mine, long limit)
    {
        if (mine.Log.Faults.Count > 0 || AuthorLog.IsFull(mine.Size, limit))
        {
            return null;
        }

        var done = _done.GetValueOrDefault(theirs.Author);
        var knowsChain = theirs.Seq == 0 || mine.HoldsBranch(theirs.Seq, theirs.Hash) || (done?.Seq == theirs.Seq && done.Hash == theirs.Hash);
        var knowsForks = theirs.Forks == 0 || theirs.ForksHash == mine.ForksHash || theirs.ForksHash == done?.ForksHash;
        var after = knowsChain ? theirs.Seq : Math.Max(0, Math.Min(mine.Head.Seq, theirs.Seq - 1) - _back.GetValueOrDefault(theirs.Author));
        return knowsChain && knowsForks ? null : new LogWantFrame(theirs.Author, after, !knowsForks);
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
            // Goes back twice as far each time, so that finding the seq where the logs part costs about as much as the lines after it.
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
