namespace ThrottleNet.Counting;

/// <summary>How many other operators there are, as far as a node can tell.</summary>
/// <param name="Count">Those whose nodes were heard of in the last hour.</param>
/// <param name="IsSettled">The node has listened long enough for the count to mean something.</param>
public readonly record struct OperatorsHeard(int Count, bool IsSettled);
