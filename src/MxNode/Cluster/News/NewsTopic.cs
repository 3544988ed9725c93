using ThrottleNet.Cluster.Log;

namespace ThrottleNet.MxNode.Cluster.News;

/// <summary>
/// Something that all nodes of a cluster are to know alike, beside the counts. Each node sends its changes to all others; a node that joined, or
/// missed changes, asks another one for everything. Changes may come late, twice, and in another order at each node. Thread-safe.
/// </summary>
/// <param name="name">Tells the topics apart. A node ignores a topic that it does not know.</param>
internal abstract class NewsTopic(string name)
{
    public string Name => name;

    /// <summary>The changes at this node since the last call; null if there are none.</summary>
    public abstract byte[]? TakeNews();

    /// <summary>Everything that this node knows, in the form of changes.</summary>
    public abstract byte[] ReadAll();

    /// <summary>Takes over changes of another node.</summary>
    /// <param name="news">As <see cref="TakeNews"/> or <see cref="ReadAll"/> gave them there.</param>
    /// <param name="from">The node that sent them.</param>
    /// <exception cref="InvalidDataException">The octets are of another form.</exception>
    public abstract void Apply(byte[] news, NodeId from);
}
