using System.Buffers.Binary;
using System.Net;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>Version 2: a binary header of 16 octets, then addresses and TLVs, which are passed over.</summary>
internal static class ProxyHeaderV2
{
    /// <summary>16 octets, and what may follow them: TLVs with a client's certificate fill some thousand octets.</summary>
    public const int MaxOctets = FixedOctets + 4096;

    private const int FixedOctets = 16;
    private const int V4Octets = 12;
    private const int V6Octets = 36;

    /// <param name="header">The first octets, those of the longest addresses among them.</param>
    /// <param name="available">Octets at hand in all.</param>
    /// <param name="addresses">Null for a LOCAL header: the proxy's own connection, without a client.</param>
    /// <param name="consumed">Octets of the header, once it is parsed.</param>
    public static ProxyStatus TryParse(ReadOnlySpan<byte> header, long available, out ProxyAddresses? addresses, out int consumed)
    {
        addresses = null;
        consumed = 0;
        if (header.Length < FixedOctets)
        {
            return ProxyStatus.NeedMore;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(header[14..]);
        if (header[12] is not (0x20 or 0x21))
        {
            return ProxyStatus.Malformed;
        }

        if (FixedOctets + length > MaxOctets)
        {
            return ProxyStatus.TooLong;
        }

        if (available < FixedOctets + length)
        {
            return ProxyStatus.NeedMore;
        }

        var isProxy = header[12] == 0x21; // else LOCAL: the proxy's own connection, whatever the rest says
        if (isProxy && !TryParseAddresses(header[13], header.Slice(FixedOctets, Math.Min(length, header.Length - FixedOctets)), out addresses))
        {
            return ProxyStatus.Malformed;
        }

        consumed = FixedOctets + length;
        return ProxyStatus.Parsed;
    }

    private static bool TryParseAddresses(byte family, ReadOnlySpan<byte> body, out ProxyAddresses? addresses)
    {
        addresses = null;
        switch (family)
        {
            case 0x11 when body.Length >= V4Octets: // TCP over IPv4
                addresses = Read(body, 4);
                return true;
            case 0x21 when body.Length >= V6Octets: // TCP over IPv6
                addresses = Read(body, 16);
                return true;
            case 0x00 or 0x12 or 0x22 or 0x31 or 0x32: // unspecified, UDP, UNIX: nothing an SMTP client could have
                return true;
            default:
                return false;
        }
    }

    private static ProxyAddresses Read(ReadOnlySpan<byte> body, int size)
    {
        var ports = body[(2 * size)..];
        return new ProxyAddresses(
            new IPEndPoint(new IPAddress(body[..size]), BinaryPrimitives.ReadUInt16BigEndian(ports)),
            new IPEndPoint(new IPAddress(body.Slice(size, size)), BinaryPrimitives.ReadUInt16BigEndian(ports[2..])));
    }
}
