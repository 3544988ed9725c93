namespace ThrottleNet.Counting;

/// <summary>Whose reports a node trusts, and how many of the other operators may lie together.</summary>
/// <param name="OwnOperator">Reports by nodes of this operator count like the node's own sight.</param>
/// <param name="Faulty">f: operators that may lie together.</param>
public sealed record FaultTolerance(string OwnOperator, int Faulty)
{
    /// <summary>A node without an exchange: there are no reports.</summary>
    public static FaultTolerance None { get; } = new("", 0);

    /// <summary>Operators whose reports are lowered (winsorized): f, and at most a third of the active operators, so that a network of three still shares.</summary>
    internal int Lowered(ActiveOperators active) => Math.Min(Faulty, active.Count / 3);

    /// <summary>
    /// Operators whose reports are left out (trimmed) of what corroborates. Until the number of operators has settled it is f, however few
    /// operators there seem to be.
    /// </summary>
    internal int LeftOut(ActiveOperators active) => active.IsSettled ? Lowered(active) : Faulty;
}
