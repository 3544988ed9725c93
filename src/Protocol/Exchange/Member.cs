using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>A node of the network, as its certificate names it.</summary>
/// <param name="Origin">Derived from its public key.</param>
/// <param name="Operator">The operator of the node. Reports count by operator, because one operator may run many nodes.</param>
/// <param name="Certificate">DER, to be forwarded to peers.</param>
/// <param name="Verify">Checks a signature with its public key.</param>
/// <param name="ValidUntil">When the certificate expires, in milliseconds since 1970.</param>
public sealed record Member(OriginId Origin, string Operator, ReadOnlyMemory<byte> Certificate, BatchVerifier Verify, long ValidUntil = long.MaxValue);

/// <summary>Checks a certificate (DER) against the network's authority; null when it is not of this network, or not valid now.</summary>
public delegate Member? MemberAdmission(ReadOnlyMemory<byte> certificate);

/// <summary>A connection to a neighbour. The host chooses the number, and uses each number once.</summary>
public readonly record struct LinkId(long Value);
