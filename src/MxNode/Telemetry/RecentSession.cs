using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>An SMTP session that is over, as its log line describes it. Never a message's content, never people's addresses.</summary>
/// <param name="Id">The session's id, as in the log.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Block">The client's block.</param>
/// <param name="Name">The client's forward-confirmed host name; null for none.</param>
/// <param name="Hello">The argument of HELO or EHLO; null for none.</param>
/// <param name="Tls">The protocol version of TLS; null without TLS.</param>
internal sealed record RecentSession(string Id, DateTimeOffset Ended, IpBlock Block, string? Name, string? Hello, string? Tls)
{
    /// <summary>The value of <see cref="Fate"/> for a connection that the node ended before any recipient.</summary>
    public const string Door = "door";

    // The client chooses these texts, so their length is bounded.
    private const int MaxText = 100;

    public string? Name { get; } = Clip(Name);

    public string? Hello { get; } = Clip(Hello);

    /// <summary>quit, closed, refused, ended, error.</summary>
    public required string Outcome { get; init; }

    /// <summary>forward, slow, defer, refuse; or none, where the session had no recipient.</summary>
    public required string Verdict { get; init; }

    public required string Reason { get; init; }

    public required int Recipients { get; init; }

    public required int RecipientsTaken { get; init; }

    public required int Messages { get; init; }

    /// <summary>The domain of the last recipient; "none" for none.</summary>
    public required string Domain
    {
        get;
        init => field = Clip(value)!;
    }

    /// <summary>The next hop's name; "none" for none.</summary>
    public required string NextHop
    {
        get;
        init => field = Clip(value)!;
    }

    /// <summary>The next hop's last answer: code and enhanced code.</summary>
    public required string Answer { get; init; }

    /// <summary>How long its replies were delayed in all.</summary>
    public required TimeSpan Held { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>The verdict; or <see cref="Door"/>.</summary>
    public string Fate => IsTurnedAway(Outcome, Recipients) ? Door : Verdict;

    /// <summary>Whether a session is a connection that the node ended before any recipient.</summary>
    public static bool IsTurnedAway(string outcome, int recipients) => outcome == "refused" && recipients == 0;

    private static string? Clip(string? text) => text is { Length: > MaxText } ? text[..MaxText] : text;
}
