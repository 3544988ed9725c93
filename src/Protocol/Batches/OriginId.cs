using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ThrottleNet.Protocol.Batches;

/// <summary>
/// The name of a node in the exchange: the first 16 octets of the SHA-256 of its SubjectPublicKeyInfo (DER).
/// Finding another key with a given name takes 2^128 tries. Finding any two keys with one name takes 2^64 tries, and would only let
/// their owner accuse itself of equivocation.
/// </summary>
/// <param name="High">The first 8 octets, big-endian.</param>
/// <param name="Low">The last 8 octets, big-endian.</param>
public readonly record struct OriginId(ulong High, ulong Low) : IComparable<OriginId>
{
    /// <summary>Octets on the wire.</summary>
    public const int Size = 16;

    public static OriginId OfKey(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(subjectPublicKeyInfo, hash);
        return Read(hash);
    }

    /// <summary>Reads the first 16 octets.</summary>
    public static OriginId Read(ReadOnlySpan<byte> octets) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(octets), BinaryPrimitives.ReadUInt64BigEndian(octets[8..]));

    public void Write(Span<byte> octets)
    {
        BinaryPrimitives.WriteUInt64BigEndian(octets, High);
        BinaryPrimitives.WriteUInt64BigEndian(octets[8..], Low);
    }

    public int CompareTo(OriginId other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    public static bool operator <(OriginId left, OriginId right) => left.CompareTo(right) < 0;

    public static bool operator >(OriginId left, OriginId right) => left.CompareTo(right) > 0;

    public static bool operator <=(OriginId left, OriginId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(OriginId left, OriginId right) => left.CompareTo(right) >= 0;

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => $"{High:x16}{Low:x16}";

    /// <summary>Seeded, and of every bit: a peer may name invented origins that all share a low half.</summary>
    public override int GetHashCode() => HashCode.Combine((uint)(High >> 32), (uint)High, (uint)(Low >> 32), (uint)Low);
}
