using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>A neighbour, as operators see it.</summary>
/// <param name="Link">Its link.</param>
/// <param name="Origin">Its origin id.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Address">The host:port at which it can be reached; empty: none.</param>
/// <param name="Outgoing">Whether this node opened the link.</param>
/// <param name="Ready">Whether both ends have sent their hello.</param>
/// <param name="LastReceived">When its last frame came, by the node's steady time in milliseconds.</param>
/// <param name="Skew">Milliseconds by which its clock is ahead of this node's; negative: behind; null: no batch of its own has come.</param>
public sealed record NeighbourStatus(LinkId Link, OriginId Origin, string Operator, string Address, bool Outgoing, bool Ready, long LastReceived, long? Skew);
