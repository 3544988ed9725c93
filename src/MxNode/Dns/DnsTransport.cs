namespace ThrottleNet.MxNode.Dns;

/// <summary>How a question travels to a server, in the order in which the ways are tried.</summary>
internal enum DnsTransport
{
    /// <summary>UDP with EDNS (RFC 6891). A truncated or damaged answer is fetched again by TCP.</summary>
    UdpWithEdns,

    /// <summary>UDP without EDNS: some firewalls drop every datagram that has the OPT record. Fetched again by TCP as above.</summary>
    PlainUdp,

    /// <summary>TCP without EDNS: some networks carry no UDP at all.</summary>
    PlainTcp,
}
