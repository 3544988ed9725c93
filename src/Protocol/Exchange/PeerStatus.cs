using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>A neighbour, for people.</summary>
/// <param name="Link">Its link.</param>
/// <param name="Origin">Its name in the exchange.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Address">Where it can be reached; empty: nowhere.</param>
/// <param name="Outgoing">Whether this node opened the link.</param>
/// <param name="Ready">Whether it said hello.</param>
/// <param name="LastReceived">When its last frame came, milliseconds since 1970.</param>
public sealed record PeerStatus(LinkId Link, OriginId Origin, string Operator, string Address, bool Outgoing, bool Ready, long LastReceived);
