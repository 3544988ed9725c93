using System.Buffers;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The header a proxy writes before the connection's own octets (HAProxy, "The PROXY protocol", versions 1 and 2).</summary>
public static class ProxyHeader
{
    private static ReadOnlySpan<byte> V1Start => "PROXY "u8;

    private static ReadOnlySpan<byte> V2Start => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>
    /// Reads the header. Consumes on <see cref="ProxyStatus.Parsed"/> only, and then the header alone.
    /// The result does not depend on how the octets are split. An octet that cannot belong to a header is found as soon as it arrives.
    /// </summary>
    /// <param name="buffer">The octets at hand; afterwards what is left of them.</param>
    /// <param name="addresses">Null when the proxy connects on its own behalf or does not know (LOCAL, UNKNOWN, not TCP over IP).</param>
    public static ProxyStatus TryParse(ref ReadOnlySequence<byte> buffer, out ProxyAddresses? addresses)
    {
        addresses = null;
        Span<byte> header = stackalloc byte[ProxyHeaderV1.MaxOctets];
        var length = (int)Math.Min(buffer.Length, header.Length);
        buffer.Slice(0, length).CopyTo(header);
        header = header[..length];

        var consumed = 0;
        var status =
            IsStart(header, V1Start) ? ProxyHeaderV1.TryParse(header, out addresses, out consumed)
            : IsStart(header, V2Start) ? ProxyHeaderV2.TryParse(header, buffer.Length, out addresses, out consumed)
            : ProxyStatus.Malformed;
        if (status == ProxyStatus.Parsed)
        {
            buffer = buffer.Slice(consumed);
        }

        return status;
    }

    private static bool IsStart(ReadOnlySpan<byte> header, ReadOnlySpan<byte> start) =>
        header.Length < start.Length ? start.StartsWith(header) : header.StartsWith(start);
}
