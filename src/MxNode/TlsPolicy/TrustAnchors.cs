using System.Security.Cryptography.X509Certificates;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>The certificate authorities that names of the public internet are trusted by: those of the system.</summary>
/// <param name="instead">Others that are trusted instead; null: the system's.</param>
internal sealed class TrustAnchors(X509Certificate2Collection? instead = null)
{
    /// <summary>How a stranger's certificate is checked. It could name any address for downloads, so none are made.</summary>
    public X509ChainPolicy CreatePolicy()
    {
        var policy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        if (instead is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(instead);
        }

        return policy;
    }
}
