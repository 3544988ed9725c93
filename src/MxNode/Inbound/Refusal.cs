namespace ThrottleNet.MxNode.Inbound;

/// <summary>A refusal because of a limit on how much a host sends.</summary>
/// <param name="Reason">One of those that <see cref="RateReplies.IsAboutRate"/> names.</param>
/// <param name="RetryAfter">The time after which a retry would pass; zero where that is not known.</param>
internal sealed record Refusal(RefusalReason Reason, TimeSpan RetryAfter = default);
