using ThrottleNet.Cluster.Log;

namespace ThrottleNet.MxNode.Cluster.News;

/// <summary>News that one node sends to another.</summary>
/// <param name="Name">The name of the node that sends.</param>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="Missed">The receiver missed earlier news, which the sender has no longer.</param>
/// <param name="Items">The news, in their order.</param>
[GenerateSerializer]
[Immutable]
internal sealed record NewsCall(
    [property: Id(0)] string Name, [property: Id(1)] ulong Incarnation, [property: Id(2)] bool Missed, [property: Id(3)] NewsItem[] Items)
{
    public NodeId From => new(Name, Incarnation);
}
