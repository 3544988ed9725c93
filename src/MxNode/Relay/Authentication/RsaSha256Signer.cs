using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>Signs by RSA and SHA-256 for MimeKit with the framework's RSA, which is faster than BouncyCastle's.</summary>
internal sealed class RsaSha256Signer(RSA key) : ISigner
{
    private readonly Sha256Digest _hash = new();

    public string AlgorithmName => "SHA-256withRSA";

    public void Init(bool forSigning, ICipherParameters parameters) => Reset();

    public void Update(byte input) => _hash.Update(input);

    public void BlockUpdate(byte[] input, int inOff, int inLen) => _hash.BlockUpdate(input, inOff, inLen);

    public void BlockUpdate(ReadOnlySpan<byte> input) => _hash.BlockUpdate(input);

    public int GetMaxSignatureSize() => key.KeySize / 8;

    public byte[] GenerateSignature() => key.SignHash(Hash(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public bool VerifySignature(byte[] signature) => key.VerifyHash(Hash(), signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public void Reset() => _hash.Reset();

    private byte[] Hash()
    {
        var hash = new byte[_hash.GetDigestSize()];
        _hash.DoFinal(hash, 0);
        return hash;
    }
}
