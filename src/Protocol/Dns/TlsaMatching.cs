namespace ThrottleNet.Protocol.Dns;

/// <summary>How a TLSA record shows its certificate or key (RFC 6698, section 2.1.3; names: RFC 7218).</summary>
public enum TlsaMatching : byte
{
    /// <summary>Itself, octet by octet.</summary>
    Full = 0,

    /// <summary>Its SHA-256 digest, 32 octets.</summary>
    Sha256 = 1,

    /// <summary>Its SHA-512 digest, 64 octets.</summary>
    Sha512 = 2,
}
