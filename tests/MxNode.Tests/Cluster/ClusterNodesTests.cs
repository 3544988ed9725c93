using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>Whole nodes of one cluster in one process.</summary>
public sealed class ClusterNodesTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("198.51.100.7"));

    [Fact]
    public async Task Of_a_spray_over_three_nodes_exactly_one_burst_passes()
    {
        await using var cluster = new ClusterNodes();
        foreach (var name in new[] { "a", "b", "c" })
        {
            await cluster.StartAsync(name);
        }

        var nodes = cluster.All.ToList();
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(() => cluster.AttemptAsync(nodes[i % 3], Host))));
        Assert.Equal(10, verdicts.Count(v => v.Passes));
    }
}
