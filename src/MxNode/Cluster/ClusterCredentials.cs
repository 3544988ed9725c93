using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// The certificates under which the nodes of a cluster connect: TLS 1.3, both ends with a certificate of the cluster's own authority. A certificate
/// of the network's authority does not count: every member of the cluster can count for it.
/// </summary>
internal sealed class ClusterCredentials(NetworkAuthority authority, X509Certificate2 certificate, TimeProvider time)
{
    /// <summary>Reads the files; null if the configuration names none.</summary>
    /// <exception cref="StartException">A file cannot be used, or is not of this cluster.</exception>
    public static ClusterCredentials? Read(ClusterOptions options, TimeProvider time)
    {
        if (!options.HasCertificate)
        {
            return null;
        }

        try
        {
            var authority = NetworkAuthority.Read(options.Authority!);
            if (!authority.IsOfCluster || authority.Network != options.Name)
            {
                throw new StartException($"Cluster:Authority: {options.Authority} is not the authority of a cluster named {options.Name}; make one with pki init --cluster {options.Name}");
            }

            var certificate = X509Certificate2.CreateFromPemFile(options.Certificate!, options.Key!);
            return authority.Reject(certificate, time.GetUtcNow(), NetworkAuthority.ClientUse) is { } reason
                ? throw new StartException($"Cluster:Certificate: {options.Certificate} {reason}; issue a new one with pki issue")
                : new ClusterCredentials(authority, certificate, time);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartException($"Cluster:Certificate, Key or Authority cannot be used ({e.Message.TrimEnd('.')}); make them with the pki command", e);
        }
    }

    /// <summary>This node's certificate, with its key.</summary>
    public X509Certificate2 Certificate => certificate;

    /// <summary>
    /// The name of this node's list of members; each authority has a list of its own. Nodes under different authorities, or without one, cannot connect to each
    /// other. If they shared a list, they would declare each other dead in it.
    /// </summary>
    public string List => authority.KeyId;

    /// <summary>Whether the certificate of the other end is one of this cluster, for either side of a connection.</summary>
    public bool Admits(X509Certificate2 remote) => authority.Reject(remote, time.GetUtcNow(), NetworkAuthority.ClientUse) is null;
}
