using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>A silo that runs in this process. Thread-safe.</summary>
internal sealed class SiloLink(IGrainFactory grains, SiloAddress self, HostedShards hosted, IFatalErrorHandler errors)
{
    private ImmutableDictionary<NodeId, SiloAddress> _nodes = ImmutableDictionary<NodeId, SiloAddress>.Empty;

    public IGrainFactory Grains => grains;

    public SiloAddress Self => self;

    public HostedShards Hosted => hosted;

    /// <summary>The live silos, by node.</summary>
    public ImmutableDictionary<NodeId, SiloAddress> Nodes
    {
        get => Volatile.Read(ref _nodes);
        set => Volatile.Write(ref _nodes, value);
    }

    /// <summary>Ends the silo. The node starts another one.</summary>
    public void End(string why) => errors.OnFatalException(this, why);

    public SiloAddress? AddressOf(NodeId node) => Nodes.GetValueOrDefault(node);
}
