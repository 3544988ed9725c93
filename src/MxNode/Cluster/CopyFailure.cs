namespace ThrottleNet.MxNode.Cluster;

/// <summary>What a node does after it got no copy of a shard.</summary>
internal enum CopyFailure
{
    /// <summary>It asks again.</summary>
    AskAgain,

    /// <summary>No node has a complete copy, and this is the oldest one: it goes on with what it has, and the others copy from it.</summary>
    GoOn,

    /// <summary>It asked for long in vain: it joins as a new start.</summary>
    JoinAnew,
}
