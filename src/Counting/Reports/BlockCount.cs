namespace ThrottleNet.Counting;

/// <summary>The decayed counts of one kind of one host, in units.</summary>
/// <param name="Fast">Over <see cref="Decay.FastTau"/>.</param>
/// <param name="Slow">Over <see cref="Decay.SlowTau"/>.</param>
public readonly record struct BlockCount(double Fast, double Slow);
