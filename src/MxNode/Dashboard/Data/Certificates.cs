using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Dashboard.Data;

/// <summary>A certificate that the node uses.</summary>
/// <param name="Use">What it is for.</param>
/// <param name="Setting">The setting that names its file.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Until">When it ends.</param>
internal sealed record UsedCertificate(string Use, string Setting, string Subject, DateTimeOffset Until);

/// <summary>The node's certificates.</summary>
internal sealed class Certificates(IServiceProvider services, BoundEndPoints bound)
{
    public IReadOnlyList<UsedCertificate> Read()
    {
        var used = new List<UsedCertificate>();
        if (bound.Of(Listener.Smtp).Count > 0)
        {
            foreach (var (index, tls) in (services.GetRequiredService<ServerCertificate>().Current()?.All ?? []).Index())
            {
                Add("STARTTLS", index == 0 ? "Smtp:Certificate" : "Smtp:Certificates", tls.Certificate);
            }
        }

        Add("exchange with other nodes", "Exchange:Certificate", services.GetService<CredentialStore>()?.Current().Certificate);
        Add("cluster", "Cluster:Certificate", services.GetService<ClusterCredentialStore>()?.Current()?.Certificate);
        return used;

        void Add(string use, string setting, X509Certificate2? certificate)
        {
            if (certificate is not null)
            {
                used.Add(new(use, setting, certificate.Subject, certificate.NotAfter.ToUniversalTime()));
            }
        }
    }
}
