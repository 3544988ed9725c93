namespace ThrottleNet.Counting;

/// <summary>The decayed counts of one host block at one moment, in units.</summary>
/// <param name="Own">Fast count of what this node saw.</param>
/// <param name="Others">Fast count of others' reports, with fault tolerance applied.</param>
/// <param name="Slow">Slow count of both, with fault tolerance applied to the others' part.</param>
/// <param name="Refused">Connections of the block are refused until its rate has fallen.</param>
/// <param name="Corroborated">The part of the others' that enough separate operators report to count as evidence (trimmed).</param>
public readonly record struct BlockCounts(float Own, float Others, float Slow, bool Refused = false, float Corroborated = 0)
{
    /// <summary>Units an hour.</summary>
    public float PerHour => (Own + Others) * Decay.FastPerHour;

    /// <summary>Units a day.</summary>
    public float PerDay => Slow * Decay.SlowPerDay;

    /// <summary>
    /// The part that may have a host refused: what this node saw itself, and what is corroborated. The slow count does not tell own from
    /// others' units, so it is left out.
    /// </summary>
    public BlockCounts Evident() => this with { Others = Corroborated, Slow = 0 };
}
