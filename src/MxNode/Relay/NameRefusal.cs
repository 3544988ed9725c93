namespace ThrottleNet.MxNode.Relay;

/// <summary>What is known of a destination that refuses this relay for its name.</summary>
/// <param name="Host">The next hop's host name.</param>
/// <param name="List">A host or list that its last reply named, such as a DNS blocklist; null if none.</param>
/// <param name="Count">Refusals since the start.</param>
/// <param name="Last">When it last did so.</param>
/// <param name="Warned">When the log last said so.</param>
internal sealed record NameRefusal(string Host, string? List, long Count, DateTimeOffset Last, DateTimeOffset Warned);
