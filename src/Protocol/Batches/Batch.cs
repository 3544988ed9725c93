using System.Buffers.Binary;
using System.Security.Cryptography;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Protocol.Batches;

/// <summary>A signed batch of counts. Immutable; its decoded content and its announce id are computed once and kept.</summary>
public sealed class Batch
{
    /// <summary>Octets of an ECDSA P-256 signature: r, then s (IEEE P1363).</summary>
    public const int SignatureSize = 64;

    private readonly Lazy<ulong> _announceId;
    private readonly Lazy<BatchCounts?> _counts;

    public Batch(BatchKey key, long time, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> signature)
    {
        Key = key;
        Time = time;
        Body = body;
        Signature = signature;
        _announceId = new Lazy<ulong>(key.ToAnnounceId);
        _counts = new Lazy<BatchCounts?>(() => BatchBody.TryDecode(body.Span, out var counts) ? counts : null);
    }

    public BatchKey Key { get; }

    /// <summary>When the origin published it, by the origin's clock, in milliseconds since 1970.</summary>
    public long Time { get; }

    /// <summary>See <see cref="BatchBody"/>.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>See <see cref="BatchKey.ToAnnounceId"/>.</summary>
    public ulong AnnounceId => _announceId.Value;

    /// <summary>The decoded body; null if the octets are not a valid body.</summary>
    public BatchCounts? Counts => _counts.Value;

    /// <summary>Encodes and signs a content.</summary>
    public static Batch Sign(BatchKey key, long time, BatchCounts counts, BatchSigner sign)
    {
        var body = BatchBody.Encode(counts);
        return new Batch(key, time, body, sign(SignedContent(key, time, body)));
    }

    public bool IsSignedBy(BatchVerifier verify) => verify(SignedContent(Key, Time, Body.Span), Signature.Span);

    /// <summary>Whether both have the same key, time and body. Signatures may differ: ECDSA gives another one each time.</summary>
    public bool SaysTheSameAs(Batch other) =>
        ReferenceEquals(this, other) || (Key == other.Key && Time == other.Time && Body.Span.SequenceEqual(other.Body.Span));

    private static byte[] SignedContent(in BatchKey key, long time, ReadOnlySpan<byte> body)
    {
        // The label keeps the signature from being valid for anything else that the same key signs.
        var label = "throttlenet batch 1\0"u8;
        var content = new byte[label.Length + OriginId.Size + 24 + body.Length];
        label.CopyTo(content);
        var rest = content.AsSpan(label.Length);
        key.Origin.Write(rest);
        BinaryPrimitives.WriteUInt64BigEndian(rest[16..], key.Epoch);
        BinaryPrimitives.WriteUInt64BigEndian(rest[24..], key.Seq);
        BinaryPrimitives.WriteInt64BigEndian(rest[32..], time);
        body.CopyTo(rest[40..]);
        return content;
    }
}

/// <summary>Signs octets with the node's key; returns <see cref="Batch.SignatureSize"/> octets.</summary>
public delegate byte[] BatchSigner(ReadOnlySpan<byte> content);

/// <summary>Whether a signature over these octets is that of the node.</summary>
public delegate bool BatchVerifier(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature);

/// <summary>The signatures of the network: ECDSA with P-256 and SHA-256 (FIPS 186-5). The runtime has no Ed25519.</summary>
public static class BatchSignature
{
    public static BatchSigner SignerOf(ECDsa key) =>
        content => key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public static BatchVerifier VerifierOf(ECDsa publicKey) =>
        (content, signature) => publicKey.VerifyData(
            content, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
}
