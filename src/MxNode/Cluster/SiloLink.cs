using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>A silo that runs in this process. Thread-safe.</summary>
internal sealed class SiloLink(IGrainFactory grains, SiloAddress self, HostedShards hosted, IFatalErrorHandler errors)
{
    // To make references took some 20 µs of processor time a message, so those to what each push calls are kept.
    private readonly ConcurrentDictionary<int, IShardGrain> _shards = new();
    private volatile ConcurrentDictionary<SiloAddress, IShardHostGrain> _hosts = new();
    private ImmutableDictionary<NodeId, SiloAddress> _nodes = ImmutableDictionary<NodeId, SiloAddress>.Empty;

    public SiloAddress Self => self;

    public HostedShards Hosted => hosted;

    /// <summary>The live silos, by node.</summary>
    public ImmutableDictionary<NodeId, SiloAddress> Nodes
    {
        get => Volatile.Read(ref _nodes);
        set
        {
            Volatile.Write(ref _nodes, value);
            _hosts = new();
        }
    }

    public IShardGrain Shard(int shard) => _shards.GetOrAdd(shard, static (number, all) => all.GetGrain<IShardGrain>(number), grains);

    /// <summary>What answers for the shards of a silo.</summary>
    public IShardHostGrain ShardsAt(SiloAddress silo) => _hosts.GetOrAdd(silo, static (at, all) => all.GetGrain<IShardHostGrain>(at.ToParsableString()), grains);

    /// <summary>What answers for the node of a silo.</summary>
    public INodeGrain NodeAt(SiloAddress silo) => grains.GetGrain<INodeGrain>(silo.ToParsableString());

    public INextHopGrain NextHop(IPEndPoint endPoint) => grains.GetGrain<INextHopGrain>(endPoint.ToString());

    /// <summary>Ends the silo. The node starts another one.</summary>
    public void End(string why) => errors.OnFatalException(this, why);

    public SiloAddress? AddressOf(NodeId node) => Nodes.GetValueOrDefault(node);
}
