namespace ThrottleNet.MxNode.Relay;

/// <summary>Why a session with a next hop failed.</summary>
internal enum NextHopFault
{
    /// <summary>No connection was made.</summary>
    Unreachable,

    /// <summary>It did not answer in time.</summary>
    TimedOut,

    /// <summary>It closed the connection, or announced that it does (421).</summary>
    HungUp,

    /// <summary>It does not speak SMTP, or not in turn.</summary>
    Garbage,

    /// <summary>It did not complete TLS after offering it.</summary>
    TlsFailed,

    /// <summary>A policy demands TLS, and it does not offer it or fails at it.</summary>
    TlsMissing,

    /// <summary>A policy demands another certificate than it has, or another mail exchanger.</summary>
    TlsUntrusted,

    /// <summary>The DNS did not answer for its policy, so that nothing may be sent to it (RFC 7672, section 2.1.2).</summary>
    PolicyUnknown,

    /// <summary>It does not know BDAT after offering CHUNKING.</summary>
    ChunkingFailed,

    /// <summary>It does not want a session with this relay.</summary>
    Refused,

    /// <summary>It refuses a session for our client, which XCLIENT has named.</summary>
    ClientRefused,
}
