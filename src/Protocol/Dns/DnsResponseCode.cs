namespace ThrottleNet.Protocol.Dns;

/// <summary>RCODE, 12 bits: 4 in the header and, with EDNS, 8 above them (RFC 1035, section 4.1.1; RFC 6891, section 6.1.3).</summary>
public enum DnsResponseCode : ushort
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
    BadVersion = 16,
}
