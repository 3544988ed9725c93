namespace ThrottleNet.MxNode.Exchange;

/// <summary>A neighbour.</summary>
/// <param name="Address">The host:port that it announces; empty: none.</param>
/// <param name="OpenedBy">"us" or "them".</param>
/// <param name="State">"ready", or "joining" until both ends have said hello.</param>
/// <param name="SkewSeconds">Seconds by which its clock is ahead of this node's; negative: behind; null: not known, because it sent no counts since it linked or since a clock was set.</param>
internal sealed record NeighbourReport(string Name, string Operator, string Origin, string Address, string OpenedBy, string State, DateTimeOffset LastReceived, double? SkewSeconds)
{
    public const string Ready = "ready";
}
