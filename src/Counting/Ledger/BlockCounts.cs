namespace ThrottleNet.Counting;

/// <summary>The decayed counts of one block at one moment, in units.</summary>
/// <param name="Own">Fast count of what this node saw.</param>
/// <param name="Others">Fast count of what other nodes told.</param>
/// <param name="Slow">Slow count of both.</param>
/// <param name="Refused">The block was refused at the door, and has not yet been let in again.</param>
/// <param name="Proven">The part of the others' that enough separate operators tell to count as evidence.</param>
internal readonly record struct BlockCounts(float Own, float Others, float Slow, bool Refused = false, float Proven = 0)
{
    /// <summary>Units an hour.</summary>
    public float PerHour => (Own + Others) * Decay.FastPerHour;

    /// <summary>Units a day.</summary>
    public float PerDay => Slow * Decay.SlowPerDay;

    /// <summary>What may have a host refused: what this node saw with its own eyes, and what was proven. The slow count can't tell whose it is, and is left out.</summary>
    public BlockCounts Corroborated() => this with { Others = Proven, Slow = 0 };
}
