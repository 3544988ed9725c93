using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace ThrottleNet.TrustList.Statements;

/// <summary>
/// An author's public key, ECDSA on P-256 (FIPS 186-5), and its id: the first 20 octets of the SHA-256 of its
/// SubjectPublicKeyInfo, in hexadecimal (<c>openssl pkey -pubin -outform DER | sha256sum | cut -c-40</c>).
/// </summary>
public sealed class AuthorKey : IDisposable
{
    /// <summary>Hexadecimal digits of an id: 160 bits, so that a second key for one id cannot be found.</summary>
    public const int IdLength = 40;

    /// <summary>Octets of a signature: r and s, 32 each (IEEE P1363).</summary>
    public const int SignatureLength = 64;

    /// <summary>The object identifier of P-256, secp256r1 (RFC 5480, section 2.1.1.1).</summary>
    internal const string CurveOid = "1.2.840.10045.3.1.7";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    // The order n of the curve's group (SP 800-186, section 3.2.1.3).
    private static readonly BigInteger Order =
        BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", NumberStyles.AllowHexSpecifier, null);

    private static readonly byte[] HalfOrder = (Order / 2).ToByteArray(isUnsigned: true, isBigEndian: true);

    // A SubjectPublicKeyInfo for P-256 up to the point's two coordinates: the same octets in every key.
    private static readonly byte[] Prefix = Convert.FromHexString("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

    private readonly ECDsa _key;

    internal AuthorKey(ECDsa key)
    {
        _key = key;
        var info = key.ExportSubjectPublicKeyInfo();
        Text = Base64Url.EncodeToString(info);
        Id = Convert.ToHexStringLower(SHA256.HashData(info))[..IdLength];
    }

    public string Id { get; }

    /// <summary>The SubjectPublicKeyInfo (RFC 5480) in base64url.</summary>
    public string Text { get; }

    public static bool IsId(string text) => text.Length == IdLength && !text.AsSpan().ContainsAnyExcept(HexDigits);

    /// <summary>Reads a key from its text; only P-256 and only the canonical encoding.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out AuthorKey? key)
    {
        key = null;
        if (!Base64Url.IsValid(text, out var length) || length != Prefix.Length + (2 * 32))
        {
            return false;
        }

        var info = Base64Url.DecodeFromChars(text);
        if (!info.AsSpan().StartsWith(Prefix) || !text.SequenceEqual(Base64Url.EncodeToString(info)))
        {
            return false;
        }

        var algorithm = ECDsa.Create();
        try
        {
            algorithm.ImportSubjectPublicKeyInfo(info, out _);
            key = new AuthorKey(algorithm);
            return true;
        }
        catch (CryptographicException)
        {
            // The point is not on the curve.
            algorithm.Dispose();
            return false;
        }
    }

    /// <summary>Whether the key signed the octets. Of the two forms of an ECDSA signature only the one with low s is valid, so no second signature can be made from the first.</summary>
    public bool Verifies(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureLength
        && IsLow(signature[32..])
        && _key.VerifyData(octets, signature, HashAlgorithmName.SHA256);

    public void Dispose() => _key.Dispose();

    /// <summary>Turns the s of a fresh signature into its low form, n − s where s is over n/2.</summary>
    internal static void Lower(Span<byte> s)
    {
        if (!IsLow(s))
        {
            var low = Order - new BigInteger(s, isUnsigned: true, isBigEndian: true);
            s.Clear();
            low.TryWriteBytes(s[(32 - low.GetByteCount(isUnsigned: true))..], out _, isUnsigned: true, isBigEndian: true);
        }
    }

    private static bool IsLow(ReadOnlySpan<byte> s) => s.SequenceCompareTo(HalfOrder) <= 0;
}
