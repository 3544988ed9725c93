namespace ThrottleNet.Counting;

/// <summary>What came of reading a snapshot. No file at all is no fault.</summary>
/// <param name="Rows">Rows that were restored; rows that decayed meanwhile are left out.</param>
/// <param name="Age">How old the snapshot was.</param>
/// <param name="Fault">Why the snapshot can't be used, in words for a log line; null if it could.</param>
/// <param name="Attachment">What was stored with the counts, as it was.</param>
internal readonly record struct SnapshotReading(int Rows, TimeSpan Age, string? Fault, ReadOnlyMemory<byte> Attachment = default);
