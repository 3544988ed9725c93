namespace ThrottleNet.Stress.Chaos;

/// <summary>A reply 250 after the final dot.</summary>
/// <param name="Node">The number of the node.</param>
/// <param name="At">Since the begin of the run.</param>
internal readonly record struct Acknowledgement(int Node, TimeSpan At);
