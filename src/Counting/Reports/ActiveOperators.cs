namespace ThrottleNet.Counting;

/// <summary>The number of other operators, as far as a node can tell.</summary>
/// <param name="Count">Operators whose nodes published a batch in the last hour.</param>
/// <param name="IsSettled">The node has listened long enough for <paramref name="Count"/> to be meaningful.</param>
public readonly record struct ActiveOperators(int Count, bool IsSettled);
