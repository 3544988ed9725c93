using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>A node of the network, as its certificate names it.</summary>
/// <param name="Origin">From its public key.</param>
/// <param name="Operator">Its operator. Reports count by operator, since one operator may run many nodes.</param>
/// <param name="Certificate">DER, to be passed on.</param>
/// <param name="Verify">Checks a signature with its public key.</param>
/// <param name="ValidUntil">When the certificate expires, in milliseconds since 1970.</param>
public sealed record Member(OriginId Origin, string Operator, ReadOnlyMemory<byte> Certificate, BatchVerifier Verify, long ValidUntil = long.MaxValue);

/// <summary>Checks a certificate (DER) against the network's authority; null when it is not of this network, or no longer valid.</summary>
public delegate Member? MemberAdmission(ReadOnlyMemory<byte> certificate);

/// <summary>A connection to a neighbour. The host numbers connections; numbers are not reused.</summary>
public readonly record struct LinkId(long Value);
