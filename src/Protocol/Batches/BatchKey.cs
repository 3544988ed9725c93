using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ThrottleNet.Protocol.Batches;

/// <summary>The key of a batch; every node applies each key once.</summary>
/// <param name="Origin">The node that counted.</param>
/// <param name="Epoch">The epoch: the number of that node's start, higher at every start.</param>
/// <param name="Seq">From 1, without gaps within an epoch.</param>
public readonly record struct BatchKey(OriginId Origin, ulong Epoch, ulong Seq)
{
    /// <summary>
    /// The short form used in announcements: the first 8 octets of SHA-256(origin, epoch, seq). An origin needs 2^32 tries to make
    /// two batches with one id. The full key still differs, and digests repair what the id confuses.
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

    /// <summary>Keyed with a secret and uses every bit: an origin chooses its numbers, and could choose them so that their hashes collide.</summary>
    public override int GetHashCode() => HashCode.Combine(Origin, (uint)(Epoch >> 32), (uint)Epoch, (uint)(Seq >> 32), (uint)Seq);

    public override string ToString() => $"{Origin}/{Epoch}/{Seq}";
}
