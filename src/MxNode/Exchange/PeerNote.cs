using System.Collections.Immutable;
using System.Net;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>What a neighbour last told about its mail.</summary>
/// <param name="Sources">Addresses that its mail leaves from.</param>
/// <param name="SeesUsFrom">The address that it sees this node's call come from; null when it called.</param>
/// <param name="LeftName">Destinations refuse it for its name: it wants no place among the magic name's addresses.</param>
/// <param name="Refusals">The destinations that refuse it most.</param>
internal sealed record PeerNote(ImmutableArray<IPAddress> Sources, IPAddress? SeesUsFrom, bool LeftName, ImmutableArray<PeerNameRefusal> Refusals);

/// <summary>A destination that refuses a relay for its name.</summary>
/// <param name="Host">The destination's host name.</param>
/// <param name="List">The list that its reply named; null: none.</param>
/// <param name="Count">Refusals since the relay's start.</param>
internal sealed record PeerNameRefusal(string Host, string? List, long Count);
