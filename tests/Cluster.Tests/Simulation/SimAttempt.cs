using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Nodes;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>One attempt at a node or a peer, and the attempts that its judgement included.</summary>
internal sealed class SimAttempt(int id, long time, int shard, bool hot)
{
    public int Id { get; } = id;

    public long Time { get; } = time;

    public int Shard { get; } = shard;

    public bool Hot { get; } = hot;

    /// <summary>Null for an attempt at a peer.</summary>
    public SimClusterNode? Node { get; set; }

    public SimPeer? Peer { get; set; }

    /// <summary>Its place among the attempts of its node.</summary>
    public int Index { get; set; }

    public long? Judged { get; set; }

    /// <summary>Null for an attempt that a peer judged by its barrier.</summary>
    public Basis? Basis { get; set; }

    /// <summary>The generation that the node read when it judged.</summary>
    public Generation? Generation { get; set; }

    /// <summary>The batch of the peer that carries it.</summary>
    public ulong Seq { get; set; }

    public IdSet Known { get; } = new();

    public bool AtHold { get; set; }
}
