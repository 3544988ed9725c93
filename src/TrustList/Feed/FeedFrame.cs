namespace ThrottleNet.TrustList.Feed;

/// <summary>A message of the trust feed between two nodes.</summary>
public abstract record FeedFrame;

/// <summary>The heads of the sender's logs: those not sent yet, and those that have changed since they were sent.</summary>
public sealed record HeadsFrame(IReadOnlyList<FeedHead> Heads) : FeedFrame;

/// <summary>A question for an author's lines. One at a time: the next may come only after the last answer has ended.</summary>
/// <param name="Author">The key's id.</param>
/// <param name="After">Asks for the lines after this seq; 0: the whole log.</param>
/// <param name="Forks">Asks for the contradicting lines too.</param>
public sealed record LogWantFrame(string Author, long After, bool Forks) : FeedFrame;

/// <summary>A piece of an answer: lines of the log in order, then, in other frames, the lines that contradict it.</summary>
public sealed record LinesFrame(string Author) : FeedFrame
{
    /// <summary>The author's key, <see cref="Statements.AuthorKey.Text"/>, in the first frame of an answer; null in other frames, and where no log is held.</summary>
    public string? Key { get; init; }

    /// <summary>Lines of the log, without line ends.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Lines { get; init; } = [];

    /// <summary>Lines that contradict the log.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Forks { get; init; } = [];

    /// <summary>In the last frame: the head of the log when the answer began. The answer has brought everything up to it.</summary>
    public FeedHead? End { get; init; }

    public int Octets => Lines.Sum(line => line.Length) + Forks.Sum(line => line.Length);
}
