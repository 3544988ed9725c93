using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Feed;

/// <summary>What a frame of lines brings, checked; or why its sender is to be cut off.</summary>
public sealed record FeedTake
{
    public static FeedTake Nothing { get; } = new();

    /// <summary>The author's key; null when there is nothing to keep.</summary>
    public AuthorKey? Key { get; init; }

    /// <summary>To be appended to the author's log.</summary>
    public IReadOnlyList<SignedStatement> Next { get; init; } = [];

    /// <summary>To be kept as the proof of a fork.</summary>
    public IReadOnlyList<SignedStatement> Forks { get; init; } = [];

    /// <summary>The author's log has reached its limit, and the rest of the answer is left out.</summary>
    public bool IsFull { get; init; }

    /// <summary>What the peer did that none does by mistake; reads on from "it sent …". Null when all is well.</summary>
    public string? Fault { get; init; }

    public static FeedTake Cut(string fault) => new() { Fault = fault };
}
