namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>What TLS a session with a mail exchanger must have before mail may go over it.</summary>
internal enum TlsDemandKind
{
    /// <summary>None; TLS is used where it is offered (RFC 7435).</summary>
    Opportunistic,

    /// <summary>TLS, with any certificate: it has TLSA records of which none is usable (RFC 7672, section 2.2).</summary>
    Encrypted,

    /// <summary>TLS with a certificate that is valid for the host's name by the public authorities (MTA-STS).</summary>
    Trusted,

    /// <summary>TLS with a certificate that matches a TLSA record (DANE).</summary>
    Dane,

    /// <summary>The mail exchanger may not be used.</summary>
    Refused,
}
