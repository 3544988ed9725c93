using Org.BouncyCastle.Crypto;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>A public key, and what its record says of its use (RFC 6376, section 3.6.1).</summary>
/// <param name="Key">Verifies signatures.</param>
/// <param name="IsStrict">Flag s: it is for users of its own domain, not of domains below it.</param>
/// <param name="IsTesting">Flag y: its domain tests DKIM, and a signature by it counts no more than none.</param>
internal sealed record DkimPublicKey(AsymmetricKeyParameter Key, bool IsStrict, bool IsTesting);
