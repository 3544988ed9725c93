using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.TrustList.Feed;

/// <summary>What a frame of lines brings, checked; or why its sender is to be cut off.</summary>
/// <param name="Change">What is to be kept; null for nothing.</param>
public sealed record FeedTake(LogChange? Change = null)
{
    public static FeedTake Nothing { get; } = new();

    /// <summary>The author's log has reached its limit, and the rest of the answer is left out.</summary>
    public bool IsFull { get; init; }

    /// <summary>The answer has become longer than any log may be: the rest is left out, and the author not asked for again for a while.</summary>
    public bool IsOverrun { get; init; }

    /// <summary>What the peer did that none does by mistake; reads on from "it sent ". Null when all is well.</summary>
    public string? Fault { get; init; }

    public static FeedTake Cut(string fault) => new() { Fault = fault };
}
