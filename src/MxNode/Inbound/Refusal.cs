namespace ThrottleNet.MxNode.Inbound;

/// <summary>A refusal by the node.</summary>
/// <param name="Reason">Why.</param>
/// <param name="RetryAfter">For deferrals: after this time a retry would pass.</param>
internal sealed record Refusal(RefusalReason Reason, TimeSpan RetryAfter = default);
