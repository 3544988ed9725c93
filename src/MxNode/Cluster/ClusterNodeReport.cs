namespace ThrottleNet.MxNode.Cluster;

/// <summary>The cluster's part of one node, as the node itself says.</summary>
/// <param name="TakesPart">Whether its silo runs; without it attempts wait the full hold.</param>
/// <param name="Shards">Shards that it hosts.</param>
/// <param name="Entries">Entries in the logs of those shards.</param>
/// <param name="Settled">Shards, hosted by any node, whose order is valid for it. Attempts of the others wait the full hold.</param>
/// <param name="Speaks">Whether it reports the cluster's counts to other operators.</param>
/// <param name="Pushes">Calls of shards since its start.</param>
/// <param name="Unanswered">Those of them that were not answered.</param>
/// <param name="Resent">Entries that it sent again, because a shard was lost or moved.</param>
/// <param name="ByMarker">Attempts judged by their order, as soon as all counts before them were known.</param>
/// <param name="AtHold">Attempts judged when their hold ended, with an order.</param>
/// <param name="Unordered">Attempts judged when their hold ended, without an order.</param>
internal sealed record ClusterNodeReport(
    bool TakesPart, int Shards, int Entries, int Settled, bool Speaks, long Pushes, long Unanswered, long Resent, long ByMarker, long AtHold, long Unordered);
