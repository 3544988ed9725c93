using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>A silo that runs in this process. Thread-safe.</summary>
internal sealed class SiloLink(IGrainFactory grains, SiloAddress self)
{
    private ImmutableDictionary<NodeId, SiloAddress> _nodes = ImmutableDictionary<NodeId, SiloAddress>.Empty;

    public IGrainFactory Grains => grains;

    public SiloAddress Self => self;

    /// <summary>The live silos, by node.</summary>
    public ImmutableDictionary<NodeId, SiloAddress> Nodes
    {
        get => Volatile.Read(ref _nodes);
        set => Volatile.Write(ref _nodes, value);
    }

    public SiloAddress? AddressOf(NodeId node) => Nodes.GetValueOrDefault(node);
}
