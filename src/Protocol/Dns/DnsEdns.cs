namespace ThrottleNet.Protocol.Dns;

/// <summary>
/// The OPT pseudo-record (RFC 6891, section 6.1). Its options are skipped, as the RFC requires for options that are not understood;
/// the upper bits of the response code are folded into <see cref="DnsMessage.ResponseCode"/>.
/// </summary>
/// <param name="UdpSize">The largest UDP payload the writer can take, in octets.</param>
/// <param name="Version">0 is the only version there is.</param>
/// <param name="DnssecOk">The DO bit (RFC 3225).</param>
public sealed record DnsEdns(ushort UdpSize, byte Version = 0, bool DnssecOk = false)
{
    /// <summary>Fits one IPv6 packet of 1,280 octets, so it is never fragmented (the value of DNS flag day 2020).</summary>
    public const ushort SafeUdpSize = 1232;
}
