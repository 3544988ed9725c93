namespace ThrottleNet.TrustList.Feed;

/// <summary>What two nodes that feed each other say.</summary>
public abstract record FeedFrame;

/// <summary>What the sender holds, of authors that it has not told of yet or whose logs have changed.</summary>
public sealed record HeadsFrame(IReadOnlyList<FeedHead> Heads) : FeedFrame;

/// <summary>"Send me what you have of this author." One at a time: the next comes after the last answer's end.</summary>
/// <param name="Author">The key's id.</param>
/// <param name="After">The log's lines after this place; 0 for the whole log.</param>
/// <param name="Forks">The contradicting lines too.</param>
public sealed record WantFrame(string Author, long After, bool Forks) : FeedFrame;

/// <summary>A piece of an answer: lines of the log in order, then, in other frames, the lines that contradict it.</summary>
public sealed record LinesFrame(string Author) : FeedFrame
{
    /// <summary>The author's key, <see cref="Statements.AuthorKey.Text"/>: in the first frame of an answer; null in others, and where nothing is held.</summary>
    public string? Key { get; init; }

    /// <summary>Lines of the log, without their ends.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Lines { get; init; } = [];

    /// <summary>Lines that contradict it.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Forks { get; init; } = [];

    /// <summary>In the last frame: what was held when the answer began, all of which it has brought.</summary>
    public FeedHead? End { get; init; }

    public int Octets => Lines.Sum(line => line.Length) + Forks.Sum(line => line.Length);
}
