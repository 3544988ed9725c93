namespace ThrottleNet.Counting;

/// <summary>What the ledger knew when it counted an attempt.</summary>
/// <param name="Before">The host's counts right before.</param>
/// <param name="Waits">The attempt was counted as that of a waiting host.</param>
/// <param name="Counted">False where it was to count nothing if the host is over its limit, and it is.</param>
internal readonly record struct Registration(BlockCounts Before, bool Waits, bool Counted);
