using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>A neighbour, as operators see it.</summary>
/// <param name="Link">Its link.</param>
/// <param name="Origin">Its origin id.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Address">The host:port at which it can be reached; empty: none.</param>
/// <param name="Outgoing">Whether this node opened the link.</param>
/// <param name="Ready">Whether both ends have sent their hello.</param>
/// <param name="LastReceived">When its last frame came, milliseconds since 1970.</param>
public sealed record NeighbourStatus(LinkId Link, OriginId Origin, string Operator, string Address, bool Outgoing, bool Ready, long LastReceived);
