namespace ThrottleNet.Protocol.Dns;

/// <summary>What a TLSA record constrains (RFC 6698, section 2.1.1; names: RFC 7218).</summary>
public enum TlsaUsage : byte
{
    /// <summary>PKIX-TA: an authority of the certificate's chain, which must also be valid for the public authorities.</summary>
    PkixTa = 0,

    /// <summary>PKIX-EE: the server's certificate, which must also be valid for the public authorities.</summary>
    PkixEe = 1,

    /// <summary>DANE-TA: an authority that has issued the server's certificate. No other list of authorities counts.</summary>
    DaneTa = 2,

    /// <summary>DANE-EE: the server's certificate itself.</summary>
    DaneEe = 3,
}
