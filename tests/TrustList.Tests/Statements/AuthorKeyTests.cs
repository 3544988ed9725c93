using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Tests.Statements;

public sealed class AuthorKeyTests
{
    [Fact]
    public void A_signature_verifies_with_its_key_and_octets_only()
    {
        using var key = SigningKey.Create();
        using var other = SigningKey.Create();
        var signature = key.Sign("text"u8);

        Assert.True(key.Public.Verifies("text"u8, signature));
        Assert.False(key.Public.Verifies("test"u8, signature));
        Assert.False(other.Public.Verifies("text"u8, signature));
        Assert.False(key.Public.Verifies("text"u8, signature.AsSpan(1)));
        Assert.False(key.Public.Verifies("text"u8, []));
    }

    [Fact]
    public void The_second_form_of_a_signature_does_not_count()
    {
        using var key = SigningKey.Create();
        var order = BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        for (var i = 0; i < 20; i++)
        {
            var signature = key.Sign([(byte)i]);
            Assert.True(key.Public.Verifies([(byte)i], signature));

            var s = order - new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true);
            var bytes = s.ToByteArray(isUnsigned: true, isBigEndian: true);
            signature.AsSpan(32).Clear();
            bytes.CopyTo(signature.AsSpan(64 - bytes.Length));
            Assert.False(key.Public.Verifies([(byte)i], signature));
        }
    }

    [Fact]
    public void Keys_come_back_from_their_texts()
    {
        using var key = SigningKey.Create();
        using var again = SigningKey.FromPem(key.ToPem());
        Assert.True(AuthorKey.TryParse(key.Public.Text, out var parsed));
        using (parsed)
        {
            Assert.Equal(key.Public.Id, parsed.Id);
            Assert.Equal(key.Public.Id, again.Public.Id);
            Assert.True(AuthorKey.IsId(parsed.Id));
            Assert.True(parsed.Verifies("text"u8, again.Sign("text"u8)));
        }
    }

    [Fact]
    public void Keys_on_other_curves_and_of_other_kinds_are_refused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var brainpool = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        using var rsa = RSA.Create(2048);

        Assert.False(AuthorKey.TryParse(Base64Url.EncodeToString(p384.ExportSubjectPublicKeyInfo()), out _));
        Assert.False(AuthorKey.TryParse(Base64Url.EncodeToString(brainpool.ExportSubjectPublicKeyInfo()), out _));
        Assert.False(AuthorKey.TryParse(Base64Url.EncodeToString(rsa.ExportSubjectPublicKeyInfo()), out _));
        Assert.False(AuthorKey.TryParse("not a key", out _));
        Assert.ThrowsAny<CryptographicException>(() => SigningKey.FromPem(p384.ExportPkcs8PrivateKeyPem()));
        Assert.ThrowsAny<CryptographicException>(() => SigningKey.FromPem(brainpool.ExportPkcs8PrivateKeyPem()));
    }
}
