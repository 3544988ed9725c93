namespace ThrottleNet.MxNode.Spool;

/// <summary>What an attempt came to.</summary>
/// <param name="Recipients">A result for each recipient that was waiting.</param>
/// <param name="Reached">Whether a next hop has answered; null if none was tried.</param>
internal sealed record AttemptResult(IReadOnlyList<RecipientResult> Recipients, bool? Reached);
