namespace ThrottleNet.Counting;

/// <summary>The counts of one host block by all nodes, decayed to the moment of sending; in units.</summary>
/// <param name="Key">The key of the host block, see <see cref="Blocks.IpBlock.Key"/>.</param>
public readonly record struct SnapshotRow(ulong Key, double AttemptsFast, double AttemptsSlow, double BadFast, double BadSlow);
