namespace ThrottleNet.Cluster.Nodes;

/// <summary>The progress of a node that lacks entries of a shard which no node resends.</summary>
internal enum CopyStep
{
    /// <summary>It lacks nothing.</summary>
    None,

    /// <summary>It registers as a reader first, so that the shard keeps what follows the copy.</summary>
    Register,

    /// <summary>It waits for the copy, and reads nothing: a cursor beyond the copy's would let the shard trim what the copy lacks.</summary>
    Requested,
}
