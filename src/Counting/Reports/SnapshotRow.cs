namespace ThrottleNet.Counting;

/// <summary>The counts of one host block by all nodes, decayed to the moment of sending; in units.</summary>
/// <param name="Key">The key of the host block, see <see cref="Blocks.IpBlock.Key"/>.</param>
public readonly record struct SnapshotRow(ulong Key, double AttemptsFast, double AttemptsSlow, double BadFast, double BadSlow)
{
    /// <summary>The part of <see cref="AttemptsFast"/> that the sender saw itself, or that was corroborated to it; 0 if it did not say.</summary>
    public double AttemptsEvident { get; init; }

    /// <summary>The same of <see cref="BadFast"/>.</summary>
    public double BadEvident { get; init; }

    /// <summary>Milliseconds since the host was first seen; 0 if the sender did not say.</summary>
    public long Age { get; init; }
}
