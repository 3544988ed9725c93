namespace ThrottleNet.Protocol.Dns;

/// <summary>Kinds of records this codec knows; any other value is kept as it is (RFC 3597).</summary>
public enum DnsType : ushort
{
    A = 1,
    Ns = 2,
    Cname = 5,
    Soa = 6,
    Ptr = 12,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Opt = 41,
    Tlsa = 52,
    Any = 255,
}
