using System.Security.Cryptography;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Tests.Batches;

public sealed class BatchTests : IDisposable
{
    [Fact]
    public void The_announce_id_of_the_golden_batch_is_unchanged() =>
        Assert.Equal(9685067986101507982ul, new BatchKey(new OriginId(0x0001020304050607, 0x08090a0b0c0d0e0f), 3, 7).ToAnnounceId());

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _key.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_signature_verifies_with_its_origins_key_only()
    {
        var batch = Signed(1);
        Assert.Equal(Batch.SignatureSize, batch.Signature.Length);
        Assert.True(batch.IsSignedBy(BatchSignature.VerifierOf(_key)));
        Assert.False(batch.IsSignedBy(BatchSignature.VerifierOf(_other)));
    }

    [Fact]
    public void The_signature_covers_every_field()
    {
        var batch = Signed(1);
        var verify = BatchSignature.VerifierOf(_key);
        var key = batch.Key;
        Batch[] bent =
        [
            new(key with { Origin = new OriginId(1, 2) }, batch.Time, batch.Body, batch.Signature),
            new(key with { Epoch = 8 }, batch.Time, batch.Body, batch.Signature),
            new(key with { Seq = 10 }, batch.Time, batch.Body, batch.Signature),
            new(key, batch.Time + 1, batch.Body, batch.Signature),
            new(key, batch.Time, BatchBody.Encode(BatchCounts.Empty), batch.Signature),
            new(key, batch.Time, batch.Body, new byte[Batch.SignatureSize]),
        ];
        Assert.All(bent, b => Assert.False(b.IsSignedBy(verify)));
    }

    [Fact]
    public void Two_contents_under_one_key_prove_equivocation()
    {
        var verify = BatchSignature.VerifierOf(_key);
        Assert.True(new EquivocationProof(Signed(1), Signed(2)).Holds(verify));
        Assert.False(new EquivocationProof(Signed(1), Signed(1)).Holds(verify)); // two signatures, one content
        Assert.False(new EquivocationProof(Signed(1), Signed(2, seq: 10)).Holds(verify));
        Assert.False(new EquivocationProof(Signed(1), Signed(2)).Holds(BatchSignature.VerifierOf(_other)));
        var forged = new Batch(Signed(2).Key, 1000, Signed(2).Body, Signed(1).Signature);
        Assert.False(new EquivocationProof(Signed(1), forged).Holds(verify));
    }

    [Fact]
    public void An_origin_is_the_hash_of_its_key()
    {
        var spki = _key.ExportSubjectPublicKeyInfo();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(spki)[..16]), OriginId.OfKey(spki).ToString());
        Span<byte> octets = stackalloc byte[OriginId.Size];
        OriginId.OfKey(spki).Write(octets);
        Assert.Equal(OriginId.OfKey(spki), OriginId.Read(octets));
    }

    private Batch Signed(uint quarters, ulong seq = 9) => Batch.Sign(
        new BatchKey(OriginId.OfKey(_key.ExportSubjectPublicKeyInfo()), 7, seq),
        1000,
        BatchCounts.Of([new CountEntry(0x00ff_0000_0a00_0001, quarters)], []),
        BatchSignature.SignerOf(_key));
}
