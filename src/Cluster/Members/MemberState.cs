namespace ThrottleNet.Cluster.Members;

/// <summary>A node's state in the membership.</summary>
public enum MemberState
{
    /// <summary>It serves, or it is about to: a joining node is live before it copies anything.</summary>
    Live,

    /// <summary>Others declared it dead. It may be cut off or frozen, and may return with everything it holds.</summary>
    Dead,

    /// <summary>It stopped in good order and does not return.</summary>
    Left,
}
