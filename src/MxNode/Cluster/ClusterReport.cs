namespace ThrottleNet.MxNode.Cluster;

/// <summary>The cluster as one node of it sees it, and what its other nodes say of themselves; a part of the answer of /api/status.</summary>
/// <param name="Name">The cluster's name.</param>
/// <param name="TakesPart">Whether this node's silo runs; without it attempts wait the full hold.</param>
/// <param name="Members">The live nodes, and of those that left or are dead the 16 that joined last, with what the membership says of each.</param>
/// <param name="Shards">Shards that this node hosts.</param>
/// <param name="Settled">Shards, hosted by any node, whose order is valid for this node. Attempts of the others wait the full hold.</param>
/// <param name="Speaks">Whether this node reports the cluster's counts to other operators.</param>
/// <param name="Pushes">Calls of shards since the start.</param>
/// <param name="Unanswered">Those of them that were not answered.</param>
/// <param name="ByMarker">Attempts judged by their order, as soon as all counts before them were known.</param>
/// <param name="AtHold">Attempts judged when their hold ended, with an order.</param>
/// <param name="Unordered">Attempts judged when their hold ended, without an order.</param>
internal sealed record ClusterReport(
    string Name,
    bool TakesPart,
    IReadOnlyList<ClusterMemberReport> Members,
    int Shards,
    int Settled,
    bool Speaks,
    long Pushes,
    long Unanswered,
    long ByMarker,
    long AtHold,
    long Unordered)
{
    /// <summary>Entries in the logs of the shards that this node hosts.</summary>
    public int Entries { get; init; }

    /// <summary>Entries that this node sent again, because a shard was lost or moved.</summary>
    public long Resent { get; init; }
}

/// <summary>A node of the cluster.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">live, dead or left.</param>
/// <param name="Gateway">Whether it has links with other operators.</param>
/// <param name="Since">When it joined.</param>
internal sealed record ClusterMemberReport(string Name, string State, bool Gateway, DateTimeOffset Since)
{
    /// <summary>What it says itself; null if it did not answer within a second, or is not live.</summary>
    public ClusterNodeReport? Report { get; init; }
}
