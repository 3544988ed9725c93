using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.TestKit;

/// <summary>A node of <see cref="ClusterNodes"/>.</summary>
internal sealed class ClusterNodeHost(string name, NodeHost host, CapturedLog log) : IAsyncDisposable
{
    public string Name => name;

    public CapturedLog Log => log;

    public NodeHost Host => host;

    public IServiceProvider Services => host.Services;

    public MxNode.Throttle.Throttle Throttle => Services.GetRequiredService<MxNode.Throttle.Throttle>();

    /// <summary>Units of a host that all nodes counted, as this node knows.</summary>
    public double Count(IpBlock block)
    {
        var counts = Throttle.Describe(block).Counts;
        return counts.Own + counts.Others;
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();
}
