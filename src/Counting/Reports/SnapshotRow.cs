namespace ThrottleNet.Counting;

/// <summary>What one host block did altogether, decayed to the moment of sending; in units.</summary>
public readonly record struct SnapshotRow(ulong Key, double AttemptsFast, double AttemptsSlow, double BadFast, double BadSlow);
