using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ThrottleNet.MxNode.Pki;

/// <summary>A network's authority, the only root for certificates of nodes; the system's roots do not count. Immutable.</summary>
internal sealed class NetworkAuthority
{
    public const string ServerUse = "1.3.6.1.5.5.7.3.1";
    public const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection _roots;

    private NetworkAuthority(X509Certificate2Collection roots, string network) =>
        (_roots, Network, IsOfCluster) = (roots, network, NodeIdentity.UnitOf(roots[0]) == CertificateAuthority.ClusterUnit);

    /// <summary>Tells authorities of one name apart: 64 bits of a hash of the first certificate's key, as text.</summary>
    public string KeyId => Convert.ToHexStringLower(SHA256.HashData(_roots[0].PublicKey.ExportSubjectPublicKeyInfo()).AsSpan(0, sizeof(ulong)));

    /// <summary>Whether it is the authority of a cluster, not of a network.</summary>
    public bool IsOfCluster { get; }

    /// <summary>The network's or the cluster's name: the CN of the authority.</summary>
    public string Network { get; }

    /// <summary>Reads a PEM file. It may hold several certificates, of the old authority and the new one; the first names the network.</summary>
    /// <exception cref="CryptographicException">It holds no authority's certificate.</exception>
    public static NetworkAuthority Read(string path)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(path);
        return roots.Count > 0 && NodeIdentity.NetworkOf(roots[0]) is { } network
            ? new NetworkAuthority(roots, network)
            : throw new CryptographicException("there is no certificate with a CN in it");
    }

    /// <summary>How a chain under this authority is built: no certificate is downloaded, and revocation is not checked.</summary>
    public X509ChainPolicy Policy(DateTimeOffset now, string use)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = now.UtcDateTime,
            VerificationTimeIgnored = false,
        };
        policy.CustomTrustStore.AddRange(_roots);
        policy.ApplicationPolicy.Add(new Oid(use));
        return policy;
    }

    /// <summary>Why a certificate is not accepted; null when it is.</summary>
    /// <param name="certificate">A node's certificate.</param>
    /// <param name="now">The present.</param>
    /// <param name="use"><see cref="ServerUse"/> or <see cref="ClientUse"/>.</param>
    public string? Reject(X509Certificate2 certificate, DateTimeOffset now, string use)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(now, use) };
        if (chain.Build(certificate))
        {
            return null;
        }

        var faults = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status);
        return (faults & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid)) != 0
                ? $"was issued by {certificate.Issuer}, not by this network's authority"
            : (faults & X509ChainStatusFlags.NotTimeValid) != 0
                ? $"is valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u} only"
            : $"is not in order ({faults})";
    }
}
