using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ThrottleNet.Protocol.Batches;

/// <summary>The identity of a batch; every node applies each key once.</summary>
/// <param name="Origin">The node that counted.</param>
/// <param name="Epoch">The number of times that node had been started, this time included.</param>
/// <param name="Seq">From 1, without gaps within an epoch.</param>
public readonly record struct BatchKey(OriginId Origin, ulong Epoch, ulong Seq)
{
    /// <summary>
    /// The short form in announcements: the first 8 octets of SHA-256(origin, epoch, seq). An origin can find two batches that
    /// share one in 2^32 tries; the full key distinguishes them, and digests repair the loss.
    /// </summary>
    public ulong ToAnnounceId()
    {
        Span<byte> octets = stackalloc byte[OriginId.Size + 16];
        Origin.Write(octets);
        BinaryPrimitives.WriteUInt64BigEndian(octets[16..], Epoch);
        BinaryPrimitives.WriteUInt64BigEndian(octets[24..], Seq);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(octets, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    /// <summary>Seeded, and of every bit: an origin chooses its numbers, and could otherwise choose numbers that collide.</summary>
    public override int GetHashCode() => HashCode.Combine(Origin, (uint)(Epoch >> 32), (uint)Epoch, (uint)(Seq >> 32), (uint)Seq);

    public override string ToString() => $"{Origin}/{Epoch}/{Seq}";
}
