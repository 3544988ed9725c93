using System.Security.Cryptography;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>
/// Signatures of simulated nodes: a digest of the signer and the content, which is checked as a real signature is. A real check takes longer than all else that
/// is simulated, so its time is charged to the simulated node instead.
/// </summary>
internal static class SimSignatures
{
    /// <summary>Microseconds that checking an ECDSA P-256 signature takes on one core.</summary>
    public const int CheckTime = 100;

    public static BatchSigner SignerOf(OriginId origin) => content =>
    {
        var signature = new byte[Batch.SignatureSize];
        Digest(origin, content, signature);
        return signature;
    };

    public static bool IsValid(OriginId origin, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        Span<byte> expected = stackalloc byte[Batch.SignatureSize];
        expected.Clear();
        Digest(origin, content, expected);
        return signature.SequenceEqual(expected);
    }

    private static void Digest(OriginId origin, ReadOnlySpan<byte> content, Span<byte> digest)
    {
        SHA256.HashData(content, digest);
        origin.Write(digest[SHA256.HashSizeInBytes..]);
    }
}
