namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>What the DNS says by TLSA records about a mail server's TLS (RFC 7672, section 2.2).</summary>
internal enum DaneStatus
{
    /// <summary>Nothing that counts: no TLSA records, or its addresses or TLSA records are not proved by DNSSEC.</summary>
    None,

    /// <summary>TLS is mandatory, and the certificate must match a record.</summary>
    Usable,

    /// <summary>It has TLSA records, and a mail client can use none of them: TLS is mandatory, whatever the certificate is.</summary>
    Unusable,

    /// <summary>The DNS did not answer, or its answer is bogus: nothing may be delivered to the server.</summary>
    Failure,
}
