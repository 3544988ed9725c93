using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.TrustList.Feed;

/// <summary>The verified content of a frame of lines, or the reason to cut its sender off.</summary>
/// <param name="Change">The lines to store; null: none.</param>
public sealed record LinesOutcome(LogChange? Change = null)
{
    public static LinesOutcome Nothing { get; } = new();

    /// <summary>Whether the author's log has reached its size limit. The rest of the answer is ignored.</summary>
    public bool IsFull { get; init; }

    /// <summary>Whether the answer exceeded the size limit of a log. The rest is ignored, and the author is not asked for again for <see cref="FeedPeer.OverrunPause"/>.</summary>
    public bool IsOverrun { get; init; }

    /// <summary>The peer's fault, which no correct node makes, to be read after "it sent "; null: none.</summary>
    public string? Fault { get; init; }

    public static LinesOutcome Cut(string fault) => new() { Fault = fault };
}
