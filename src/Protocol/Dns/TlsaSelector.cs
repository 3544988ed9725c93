namespace ThrottleNet.Protocol.Dns;

/// <summary>Which part of a certificate a TLSA record is about (RFC 6698, section 2.1.2; names: RFC 7218).</summary>
public enum TlsaSelector : byte
{
    /// <summary>The whole certificate in DER.</summary>
    Cert = 0,

    /// <summary>Its SubjectPublicKeyInfo in DER.</summary>
    Spki = 1,
}
