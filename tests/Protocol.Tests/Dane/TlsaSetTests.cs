using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.Protocol.Dane;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.Tests.Dane;

/// <summary>TLSA records of mail servers (RFC 7672, section 3.1; RFC 7671).</summary>
public sealed class TlsaSetTests
{
    private static readonly X509Certificate2 Certificate = Make();
    private static readonly byte[] Key = Certificate.PublicKey.ExportSubjectPublicKeyInfo();

    [Fact]
    public void Each_selector_and_matching_type_matches_its_certificate_only()
    {
        using var other = Make();
        foreach (var usage in new[] { TlsaUsage.DaneTa, TlsaUsage.DaneEe })
        {
            foreach (var (selector, selected) in new[] { (TlsaSelector.Cert, Certificate.RawData), (TlsaSelector.Spki, Key) })
            {
                foreach (var (matching, data) in new[] { (TlsaMatching.Full, selected), (TlsaMatching.Sha256, SHA256.HashData(selected)), (TlsaMatching.Sha512, SHA512.HashData(selected)) })
                {
                    var record = Assert.Single(TlsaSet.Usable([Record(usage, selector, matching, data)]));
                    Assert.True(TlsaSet.Matches(record, Certificate));
                    Assert.False(TlsaSet.Matches(record, other));
                }
            }
        }
    }

    [Theory]
    [InlineData(TlsaUsage.PkixTa, TlsaSelector.Spki, TlsaMatching.Sha256, 32)]
    [InlineData(TlsaUsage.PkixEe, TlsaSelector.Spki, TlsaMatching.Sha256, 32)]
    [InlineData((TlsaUsage)4, TlsaSelector.Spki, TlsaMatching.Sha256, 32)]
    [InlineData((TlsaUsage)255, TlsaSelector.Spki, TlsaMatching.Sha256, 32)]
    [InlineData(TlsaUsage.DaneEe, (TlsaSelector)2, TlsaMatching.Sha256, 32)]
    [InlineData(TlsaUsage.DaneEe, TlsaSelector.Spki, (TlsaMatching)3, 32)]
    [InlineData(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, 0)]
    [InlineData(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, 31)]
    [InlineData(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, 33)]
    [InlineData(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha512, 32)]
    [InlineData(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Full, 0)]
    [InlineData(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Full, 91)]
    [InlineData(TlsaUsage.DaneTa, TlsaSelector.Cert, TlsaMatching.Full, 0)]
    [InlineData(TlsaUsage.DaneTa, TlsaSelector.Cert, TlsaMatching.Full, 300)]
    public void A_record_of_another_form_is_unusable(TlsaUsage usage, TlsaSelector selector, TlsaMatching matching, int length) =>
        Assert.Empty(TlsaSet.Usable([Record(usage, selector, matching, new byte[length])]));

    [Fact]
    public void A_key_with_octets_behind_it_is_unusable() =>
        Assert.Empty(TlsaSet.Usable([Record(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Full, [.. Key, 0])]));

    [Fact]
    public void Beside_the_stronger_digest_the_weaker_one_does_not_count()
    {
        var weak = Record(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, SHA256.HashData(Key));
        var strong = Record(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha512, SHA512.HashData(Key));
        var full = Record(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Full, Key);
        var otherSelector = Record(TlsaUsage.DaneEe, TlsaSelector.Cert, TlsaMatching.Sha256, new byte[32]);
        var otherUsage = Record(TlsaUsage.DaneTa, TlsaSelector.Spki, TlsaMatching.Sha256, new byte[32]);
        Assert.Equal<TlsaRecord>([strong, full, otherSelector, otherUsage], TlsaSet.Usable([weak, strong, full, otherSelector, otherUsage]));
        Assert.Equal<TlsaRecord>([weak, full], TlsaSet.Usable([weak, full]));

        // An unusable record of the stronger digest does not push the weaker one out.
        Assert.Equal<TlsaRecord>([weak], TlsaSet.Usable([weak, strong with { Data = [1, 2, 3] }]));
    }

    private static TlsaRecord Record(TlsaUsage usage, TlsaSelector selector, TlsaMatching matching, byte[] data) =>
        new("_25._tcp.mail.test", 60, usage, selector, matching, ImmutableArray.Create(data));

    private static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=mail.test", key, HashAlgorithmName.SHA256).CreateSelfSigned(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
