using System.Security.Cryptography;

namespace ThrottleNet.TrustList.Statements;

/// <summary>An author's private key.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly ECDsa _key;

    private SigningKey(ECDsa key)
    {
        _key = key;
        Public = new AuthorKey(key);
    }

    public AuthorKey Public { get; }

    public static SigningKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a PKCS#8 or SEC 1 PEM file's text. Throws <see cref="CryptographicException"/> or <see cref="ArgumentException"/> when it is none.</summary>
    public static SigningKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key.ExportParameters(includePrivateParameters: true).Curve.Oid.Value == AuthorKey.CurveOid ? new SigningKey(key) : throw new CryptographicException("the key is not an ECDSA key on P-256");
    }

    /// <summary>PKCS#8, not encrypted.</summary>
    public string ToPem() => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>A signature of 64 octets, r and s, over the SHA-256 of the octets, s low.</summary>
    public byte[] Sign(ReadOnlySpan<byte> octets)
    {
        var signature = _key.SignData(octets, HashAlgorithmName.SHA256);
        AuthorKey.Lower(signature.AsSpan(32));
        return signature;
    }

    public void Dispose() => Public.Dispose();
}
