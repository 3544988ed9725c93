using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.TestKit;

/// <summary>A node of <see cref="ClusterNodes"/>.</summary>
internal sealed class ClusterNodeHost(string name, NodeHost host, CapturedLog log) : IAsyncDisposable
{
    public string Name => name;

    public CapturedLog Log => log;

    public NodeHost Host => host;

    public IServiceProvider Services => host.Services;

    public NodeThrottle Throttle => Services.GetRequiredService<NodeThrottle>();

    /// <summary>The live nodes that this one sees, itself included.</summary>
    public int LiveNodes => Services.GetRequiredService<ShardCalls>().Silo?.Nodes.Count ?? 0;

    /// <summary>Shards whose order is valid for this node.</summary>
    public int SettledShards => Services.GetRequiredService<ClusterStatus>().Settled;

    /// <summary>Attempts that were decided without a marker.</summary>
    public long Unordered
    {
        get
        {
            var status = Services.GetRequiredService<ClusterStatus>();
            return status.Judged(Basis.HoldOrdered) + status.Judged(Basis.HoldUnordered);
        }
    }

    /// <summary>Units of a host that all nodes counted, as this node knows.</summary>
    public double Count(IpBlock block)
    {
        var counts = Throttle.Describe(block).Counts;
        return counts.Own + counts.Others;
    }

    // Only a stop ends the silo.
    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await host.DisposeAsync();
    }
}
