using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Members;

/// <summary>A row of the membership.</summary>
/// <param name="Node">The node.</param>
/// <param name="Version">Higher with every change of the row.</param>
/// <param name="State">Its state in the membership.</param>
/// <param name="Gateway">It has links with other operators.</param>
/// <param name="Started">When it joined, milliseconds since 1970; the oldest gateway is the speaker.</param>
public sealed record ClusterMember(NodeId Node, ulong Version, MemberState State, bool Gateway, long Started)
{
    /// <summary>Whether this row replaces another one of the same name: a later incarnation, or a later version of the same one.</summary>
    public bool Supersedes(ClusterMember other) =>
        (Node.Incarnation, Version, State).CompareTo((other.Node.Incarnation, other.Version, other.State)) > 0;
}
