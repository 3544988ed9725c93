namespace ThrottleNet.Counting;

/// <summary>What came of reading a stored snapshot.</summary>
/// <param name="Rows">Rows that were restored; dead rows are left out.</param>
/// <param name="Age">How old the snapshot was.</param>
/// <param name="Fault">Why the snapshot cannot be used, in words for a log line; null if it could be used.</param>
/// <param name="Attachment">What was stored with the counts.</param>
public readonly record struct SnapshotReading(int Rows, TimeSpan Age, string? Fault, ReadOnlyMemory<byte> Attachment = default);
