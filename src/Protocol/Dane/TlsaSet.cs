using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.Dane;

/// <summary>Which TLSA records of a mail server count, and whether a certificate is the one of a record (RFC 7672, section 3.1; RFC 7671).</summary>
public static class TlsaSet
{
    /// <summary>
    /// The records that a mail client can use: DANE-TA and DANE-EE with a known selector and matching type and data of the right form. PKIX-TA and
    /// PKIX-EE are unusable for mail (RFC 7672, section 3.1.3). Where a usage and selector has records with SHA-512 and with SHA-256, those with
    /// SHA-256 are left out (RFC 7671, section 9).
    /// </summary>
    public static ImmutableArray<TlsaRecord> Usable(IEnumerable<TlsaRecord> records)
    {
        var usable = records.Where(IsUsable).ToList();
        return [.. usable.Where(record => record.Matching != TlsaMatching.Sha256
            || !usable.Exists(other => other.Usage == record.Usage && other.Selector == record.Selector && other.Matching == TlsaMatching.Sha512))];
    }

    /// <summary>Whether a usable record is about this certificate or its key.</summary>
    public static bool Matches(TlsaRecord record, X509Certificate2 certificate)
    {
        var selected = record.Selector == TlsaSelector.Cert ? certificate.RawData : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return record.Data.AsSpan().SequenceEqual(record.Matching switch
        {
            TlsaMatching.Sha256 => SHA256.HashData(selected),
            TlsaMatching.Sha512 => SHA512.HashData(selected),
            _ => selected,
        });
    }

    /// <summary>The certificate that a usable record holds itself; null if it holds a key or a digest. The caller disposes of it.</summary>
    public static X509Certificate2? CertificateOf(TlsaRecord record) =>
        record is { Selector: TlsaSelector.Cert, Matching: TlsaMatching.Full } ? X509CertificateLoader.LoadCertificate(record.Data.AsSpan()) : null;

    private static bool IsUsable(TlsaRecord record) =>
        record.Usage is TlsaUsage.DaneTa or TlsaUsage.DaneEe
        && record.Selector is TlsaSelector.Cert or TlsaSelector.Spki
        && record.Matching switch
        {
            TlsaMatching.Sha256 => record.Data.Length == SHA256.HashSizeInBytes,
            TlsaMatching.Sha512 => record.Data.Length == SHA512.HashSizeInBytes,
            TlsaMatching.Full => IsWellFormed(record),
            _ => false,
        };

    private static bool IsWellFormed(TlsaRecord record)
    {
        try
        {
            if (record.Selector == TlsaSelector.Cert)
            {
                CertificateOf(record)!.Dispose();
                return true;
            }

            PublicKey.CreateFromSubjectPublicKeyInfo(record.Data.AsSpan(), out var length);
            return length == record.Data.Length;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
