namespace ThrottleNet.Cluster.Log;

/// <summary>One start of a node's process. A silo inside the process may restart without a new incarnation: the counts live on.</summary>
/// <param name="Name">The node's name, unique in the cluster.</param>
/// <param name="Incarnation">Higher at each start of the process.</param>
public readonly record struct NodeId(string Name, ulong Incarnation)
{
    public override string ToString() => $"{Name}/{Incarnation}";
}
