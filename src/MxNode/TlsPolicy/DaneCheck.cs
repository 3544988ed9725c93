using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Dane;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>Checks a server's certificate by its TLSA records (RFC 7672, section 3).</summary>
internal static class DaneCheck
{
    /// <summary>Looks for a record that the certificate satisfies.</summary>
    /// <param name="certificate">The server's.</param>
    /// <param name="presented">All certificates that the server has sent, in any order.</param>
    /// <param name="records">Usable ones.</param>
    /// <param name="names">Reference identifiers. They and the dates count for DANE-TA only (RFC 7672, section 3.1).</param>
    /// <param name="now">The dates of the certificates are compared with it.</param>
    /// <returns>The match; null if there is none.</returns>
    public static DaneMatch? Find(
        X509Certificate2 certificate, X509Certificate2Collection presented, IReadOnlyList<TlsaRecord> records, IReadOnlyList<string> names, DateTimeOffset now)
    {
        try
        {
            return FindAmong(certificate, presented, records, names, now);
        }
        catch (CryptographicException)
        {
            // A part of a certificate, which is a stranger's, cannot be read.
            return null;
        }
    }

    private static DaneMatch? FindAmong(
        X509Certificate2 certificate, X509Certificate2Collection presented, IReadOnlyList<TlsaRecord> records, IReadOnlyList<string> names, DateTimeOffset now)
    {
        var presentedNames = CertificateNames.Of(certificate);
        foreach (var record in records)
        {
            if (record.Usage == TlsaUsage.DaneEe ? TlsaSet.Matches(record, certificate) : IsIssuedBelow(record, certificate, presented, now))
            {
                if (record.Usage == TlsaUsage.DaneEe)
                {
                    return new DaneMatch(record, null);
                }

                if (names.FirstOrDefault(name => CertificateNames.Match(presentedNames, name)) is { } name)
                {
                    return new DaneMatch(record, name);
                }
            }
        }

        return null;
    }

    // The authority is among the certificates sent (RFC 7672, section 3.1.2), or in the record itself.
    private static bool IsIssuedBelow(TlsaRecord record, X509Certificate2 certificate, X509Certificate2Collection presented, DateTimeOffset now)
    {
        using var held = TlsaSet.CertificateOf(record);
        return (held is null ? presented.AsEnumerable() : [held])
            .Any(authority => TlsaSet.Matches(record, authority) && IsIssuedBelow(authority, certificate, presented, now));
    }

    private static bool IsIssuedBelow(X509Certificate2 authority, X509Certificate2 certificate, X509Certificate2Collection presented, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.ExtraStore.AddRange(presented);
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;

        // The authority need not be a root, nor anybody else's authority.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        chain.Build(certificate);
        var length = chain.ChainElements.Index().FirstOrDefault(element => element.Index > 0 && element.Item.Certificate.RawDataMemory.Span.SequenceEqual(authority.RawDataMemory.Span)).Index;
        var isSound = length > 0 && chain.ChainElements.Take(length + 1).All(element => element.ChainElementStatus.All(IsAboutTrust));
        foreach (var element in chain.ChainElements)
        {
            element.Certificate.Dispose();
        }

        return isSound;
    }

    private static bool IsAboutTrust(X509ChainStatus status) =>
        status.Status is X509ChainStatusFlags.NoError or X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain;
}
