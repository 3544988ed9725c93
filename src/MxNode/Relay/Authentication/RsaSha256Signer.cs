using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>Signs by RSA and SHA-256 for MimeKit with the framework's RSA, which is faster than BouncyCastle's.</summary>
internal sealed class RsaSha256Signer(ArcKey key) : ISigner
{
    private readonly Sha256Digest _hash = new();

    public string AlgorithmName => "SHA-256withRSA";

    public void Init(bool forSigning, ICipherParameters parameters) => Reset();

    public void Update(byte input) => _hash.Update(input);

    public void BlockUpdate(byte[] input, int inOff, int inLen) => _hash.BlockUpdate(input, inOff, inLen);

    public void BlockUpdate(ReadOnlySpan<byte> input) => _hash.BlockUpdate(input);

    public int GetMaxSignatureSize() => key.Parameters.Modulus!.Length;

    public byte[] GenerateSignature()
    {
        var hash = new byte[_hash.GetDigestSize()];
        _hash.DoFinal(hash, 0);
        return key.Sign(hash);
    }

    public bool VerifySignature(byte[] signature) => throw new NotSupportedException("it signs only");

    public void Reset() => _hash.Reset();
}
