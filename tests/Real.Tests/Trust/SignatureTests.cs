using System.Buffers.Text;
using System.Formats.Asn1;
using System.Numerics;
using System.Text;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.Real.Tests.Trust;

/// <summary>A log can be checked with nothing but OpenSSL.</summary>
public sealed class SignatureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("openssl")]
    public async Task Openssl_verifies_a_statement_and_makes_keys_that_sign()
    {
        var pem = _folder.File("key.pem");
        (await Tool.RunAsync("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", pem)).Expect(0);
        (await Tool.RunAsync("openssl", "pkey", "-in", pem, "-pubout", "-outform", "DER", "-out", _folder.File("key.der"))).Expect(0);
        using var key = SigningKey.FromPem(await File.ReadAllTextAsync(pem));
        Assert.Equal(Base64Url.EncodeToString(await File.ReadAllBytesAsync(_folder.File("key.der"))), key.Public.Text);
        var sum = await Tool.RunAsync("openssl", "dgst", "-sha256", "-r", _folder.File("key.der"));
        Assert.StartsWith(key.Public.Id, sum.Output, StringComparison.Ordinal);

        Assert.True(TrustSubject.TryParse("192.0.2.0/24", out var subject, out _));
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var signed = SignedStatement.Sign(
            new Statement { Action = TrustAction.Enrol, Subject = subject, Kind = TrustKind.Site, Organisation = "Söhne", Contact = "a@example.org", Expires = now.AddYears(1) },
            key,
            default,
            now);
        var parts = Encoding.UTF8.GetString(signed.Line.Span).Split(" sig=");
        await File.WriteAllTextAsync(_folder.File("body"), parts[0]);
        await File.WriteAllBytesAsync(_folder.File("signature"), ToDer(Base64Url.DecodeFromChars(parts[1])));

        var verified = await Tool.RunAsync(
            "openssl", "dgst", "-sha256", "-verify", _folder.File("key.der"), "-keyform", "DER", "-signature", _folder.File("signature"), _folder.File("body"));
        Assert.Equal("Verified OK", verified.Expect(0).Output.Trim());
    }

    private static byte[] ToDer(byte[] signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new BigInteger(signature.AsSpan(..32), isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new BigInteger(signature.AsSpan(32..), isUnsigned: true, isBigEndian: true));
        }

        return writer.Encode();
    }
}
