using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Decides which certificates are accepted: those of peers at the other end of a connection, and those that peers pass on.</summary>
internal sealed class PeerAdmission(CredentialStore credentials, RefusalLog refusals, TimeProvider time)
{
    /// <summary>Whether a peer's certificate is of this network; if not, the log gets the reason.</summary>
    /// <param name="certificate">The certificate it presented; null: none.</param>
    /// <param name="peer">Its address, for the log.</param>
    /// <param name="use"><see cref="NetworkAuthority.ServerUse"/> or <see cref="NetworkAuthority.ClientUse"/>.</param>
    /// <param name="names">For a peer that this node connected to: one of these must be in the certificate. Empty otherwise.</param>
    public bool Accepts(X509Certificate2? certificate, string peer, string use, params ReadOnlySpan<string> names)
    {
        var reason = Reject(certificate, use, names);
        if (reason is not null)
        {
            refusals.Note(peer, reason);
        }

        return reason is null;
    }

    /// <summary>The member that a certificate names; does not check the certificate. Null for a guard, which asks and counts nothing.</summary>
    public static (NodeIdentity Identity, Member Member)? MemberOf(X509Certificate2 certificate) =>
        NodeIdentity.Of(certificate) is { } identity && !NodeIdentity.IsGuard(certificate)
            ? (identity, new Member(
                identity.Origin, identity.Operator, certificate.RawData, BatchSignature.VerifierOf(certificate.GetECDsaPublicKey()!),
                new DateTimeOffset(certificate.NotAfter).ToUnixTimeMilliseconds()))
            : null;

    /// <summary>A certificate that a peer passed on; null when it is not of this network, or no longer valid.</summary>
    public Member? Admit(ReadOnlyMemory<byte> der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);

            // The loader also reads PEM, which has any number of spellings: each would be another certificate to remember.
            return !certificate.RawDataMemory.Span.SequenceEqual(der.Span) ? null : credentials.Current().Authority.Reject(certificate, time.GetUtcNow(), NetworkAuthority.ClientUse) is null ? MemberOf(certificate)?.Member : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private string? Reject(X509Certificate2? certificate, string use, ReadOnlySpan<string> names)
    {
        if (certificate is null)
        {
            return "showed no certificate";
        }

        if (credentials.Current().Authority.Reject(certificate, time.GetUtcNow(), use) is { } reason)
        {
            return $"its certificate {reason}";
        }

        if (NodeIdentity.Of(certificate) is null)
        {
            return "its certificate names no operator and node, or its key is not of P-256";
        }

        foreach (var name in names)
        {
            if (certificate.MatchesHostname(name, allowWildcards: false, allowCommonName: false))
            {
                return null;
            }
        }

        return names.Length == 0 ? null : $"its certificate does not contain {string.Join(" or ", names)}";
    }
}
