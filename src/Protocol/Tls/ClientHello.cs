using System.Buffers.Binary;

namespace ThrottleNet.Protocol.Tls;

/// <summary>What a client offers in its first message, as far as a server must know it before the handshake (RFC 8446, section 4.1.2).</summary>
/// <param name="OffersTls12">The client takes TLS 1.2.</param>
/// <param name="OffersTls13">The client takes TLS 1.3.</param>
/// <param name="HasPskModes">The client says how it resumes sessions. A server must send no session ticket to one that does not (RFC 8446, section 4.2.9).</param>
public readonly record struct ClientHello(bool OffersTls12, bool OffersTls13, bool HasPskModes)
{
    /// <summary>Octets of the longest message that is read, record headers included. The longest in use are some 2,000 octets long.</summary>
    public const int MaxLength = 16 * 1024;

    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const ushort Tls12 = 0x0303, Tls13 = 0x0304;
    private const ushort SupportedVersions = 43, PskKeyExchangeModes = 45;

    /// <summary>Reads the message from the first octets of a connection; it may lie in several records (RFC 8446, section 5.1).</summary>
    /// <param name="octets">All octets so far.</param>
    /// <param name="hello">What it offers, if it is complete.</param>
    public static ClientHelloStatus Read(ReadOnlySpan<byte> octets, out ClientHello hello)
    {
        hello = default;
        var isFull = octets.Length >= MaxLength;
        octets = octets[..Math.Min(octets.Length, MaxLength)];
        Span<byte> message = stackalloc byte[octets.Length];
        var length = 0;
        while (octets.Length > 0)
        {
            if (octets[0] != HandshakeRecord || (octets.Length > 1 && octets[1] != 3))
            {
                return ClientHelloStatus.Malformed;
            }

            if (octets.Length < 5)
            {
                break;
            }

            var record = BinaryPrimitives.ReadUInt16BigEndian(octets[3..]);
            var here = octets.Slice(5, Math.Min(record, octets.Length - 5));
            here.CopyTo(message[length..]);
            length += here.Length;
            octets = octets[(5 + here.Length)..];
        }

        if (length > 0 && message[0] != ClientHelloMessage)
        {
            return ClientHelloStatus.Malformed;
        }

        var needed = length < 4 ? int.MaxValue : 4 + (message[1] << 16 | message[2] << 8 | message[3]);
        return length >= needed ? TryReadBody(message[4..needed], out hello) ? ClientHelloStatus.Complete : ClientHelloStatus.Malformed
            : isFull || (length >= 4 && needed > MaxLength) ? ClientHelloStatus.Malformed
            : ClientHelloStatus.NeedMore;
    }

    private static bool TryReadBody(ReadOnlySpan<byte> body, out ClientHello hello)
    {
        const int Random = 32;
        hello = default;
        if (body.Length < sizeof(ushort) + Random)
        {
            return false;
        }

        var version = BinaryPrimitives.ReadUInt16BigEndian(body);
        body = body[(sizeof(ushort) + Random)..];
        if (!TryTake(ref body, 1, out _) || !TryTake(ref body, 2, out _) || !TryTake(ref body, 1, out _))
        {
            return false;
        }

        hello = new ClientHello(OffersTls12: version >= Tls12, OffersTls13: false, HasPskModes: false);
        if (body.IsEmpty)
        {
            return true;
        }

        if (!TryTake(ref body, 2, out var extensions))
        {
            return false;
        }

        while (extensions.Length > 0)
        {
            if (extensions.Length < sizeof(ushort))
            {
                return false;
            }

            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[sizeof(ushort)..];
            if (!TryTake(ref extensions, 2, out var data))
            {
                return false;
            }

            if (type == PskKeyExchangeModes)
            {
                hello = hello with { HasPskModes = true };
            }
            else if (type == SupportedVersions)
            {
                hello = hello with { OffersTls12 = HasVersion(data, Tls12), OffersTls13 = HasVersion(data, Tls13) };
            }
        }

        return true;
    }

    private static bool HasVersion(ReadOnlySpan<byte> data, ushort version)
    {
        for (var at = 1; at + 1 < data.Length; at += sizeof(ushort))
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(data[at..]) == version)
            {
                return true;
            }
        }

        return false;
    }

    // A vector with its length before it, in one octet or two.
    private static bool TryTake(ref ReadOnlySpan<byte> from, int prefix, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (from.Length < prefix)
        {
            return false;
        }

        var length = prefix == 1 ? from[0] : BinaryPrimitives.ReadUInt16BigEndian(from);
        if (from.Length < prefix + length)
        {
            return false;
        }

        taken = from.Slice(prefix, length);
        from = from[(prefix + length)..];
        return true;
    }
}
