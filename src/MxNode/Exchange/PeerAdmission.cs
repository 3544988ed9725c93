using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Decides whose certificates are good: of the peers at the other end of a connection, and of nodes that peers tell of.</summary>
internal sealed class PeerAdmission(CredentialStore credentials, RefusalLog refusals, TimeProvider time)
{
    /// <summary>Whether a peer's certificate is this network's; the reason goes to the log if not.</summary>
    /// <param name="certificate">What it showed; null: nothing.</param>
    /// <param name="peer">Where it is, for the log.</param>
    /// <param name="use"><see cref="NetworkAuthority.ServerUse"/> or <see cref="NetworkAuthority.ClientUse"/>.</param>
    /// <param name="names">Of a peer that this node called: one of these must be in the certificate.</param>
    public bool Accepts(X509Certificate2? certificate, string peer, string use, params ReadOnlySpan<string> names)
    {
        var reason = Reject(certificate, use, names);
        if (reason is not null)
        {
            refusals.Note(peer, reason);
        }

        return reason is null;
    }

    /// <summary>The member that a certificate speaks of, without asking whether it may be believed. A guard is none: it asks, and counts nothing.</summary>
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
            return credentials.Current().Authority.Reject(certificate, time.GetUtcNow(), NetworkAuthority.ClientUse) is null ? MemberOf(certificate)?.Member : null;
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

        return names.Length == 0 ? null : $"its certificate is for others than {string.Join(" and ", names)}";
    }
}
