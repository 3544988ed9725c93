namespace ThrottleNet.MxNode.Exchange;

/// <summary>A neighbour.</summary>
/// <param name="Address">The host:port that it announces; empty: none.</param>
/// <param name="OpenedBy">"us" or "them".</param>
/// <param name="State">"ready", or "joining" until both ends have said hello.</param>
/// <param name="LastReceived">When its last frame came.</param>
internal sealed record NeighbourReport(string Name, string Operator, string Origin, string Address, string OpenedBy, string State, DateTimeOffset LastReceived)
{
    public const string Ready = "ready";
}
