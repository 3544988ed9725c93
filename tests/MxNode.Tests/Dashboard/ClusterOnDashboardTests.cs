using System.Net;
using ThrottleNet.MxNode.Tests.Cluster;

namespace ThrottleNet.MxNode.Tests.Dashboard;

/// <summary>What the dashboard shows of a cluster.</summary>
[Trait("Category", "Slow")]
[Collection(SiloTests.Name)]
public sealed class ClusterOnDashboardTests
{
    [Fact]
    public async Task Its_members_and_the_nodes_certificate_are_shown()
    {
        using var pki = new TestPki("test", isCluster: true);
        var (certificate, key) = pki.Issue("a", "cluster");
        await using var cluster = new ClusterNodes();
        var node = await cluster.StartAsync("a", c => c with
        {
            Admin = new() { Listen = new(IPAddress.Loopback, 0) },
            Cluster = c.Cluster with { Certificate = certificate, Key = key, Authority = pki.Authority },
        });
        using var browser = new HttpClient { BaseAddress = new Uri($"http://{node.Host.Admin}/") };
        var page = await browser.GetStringAsync("network");
        Assert.Contains("<h2>Cluster test</h2>", page, StringComparison.Ordinal);
        Assert.Contains("<td>a</td>", page, StringComparison.Ordinal);
        Assert.Matches("<td>cluster<small class=\"under\">Cluster:Certificate</small></td><td>[^<]+</td><td class=\"number\" title=\"until [^\"]+\">[0-9]+<", await browser.GetStringAsync("system"));
    }
}
