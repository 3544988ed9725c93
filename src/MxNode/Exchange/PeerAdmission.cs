using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Checks certificates: those of peers at the other end of a connection, and those of other nodes that peers pass on.</summary>
internal sealed class PeerAdmission(CredentialStore credentials, RefusalLog refusals, TimeProvider time)
{
    /// <summary>Whether a peer's certificate belongs to this network. If not, the reason is logged.</summary>
    /// <param name="certificate">The certificate; null if the peer showed none.</param>
    /// <param name="peer">The peer's address, for the log.</param>
    /// <param name="use"><see cref="NetworkAuthority.ServerUse"/> or <see cref="NetworkAuthority.ClientUse"/>.</param>
    /// <param name="names">For a peer that this node called: the certificate must contain one of these names.</param>
    public bool Accepts(X509Certificate2? certificate, string peer, string use, params ReadOnlySpan<string> names)
    {
        var reason = Reject(certificate, use, names);
        if (reason is not null)
        {
            refusals.Note(peer, reason);
        }

        return reason is null;
    }

    /// <summary>The member that a certificate names, without checking whether it is valid. A guard's certificate names no member, because a guard counts nothing.</summary>
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

        return names.Length == 0 ? null : $"its certificate does not contain {string.Join(" or ", names)}";
    }
}
