using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;

namespace ThrottleNet.Cluster.Gateways;

/// <summary>The report marks of other gateways that this node has read, until every peer has the batches of the counts before them.</summary>
internal sealed class UnfinishedReports(NodeContext context)
{
    // As long as nodes of the exchange keep batches. A gateway that stands still for longer is not waited for.
    private const int KeepFor = 120_000;

    private const int MaxMarks = 4096;

    private readonly OrderedDictionary<(int Shard, Generation Generation, long Position), (NodeId Gateway, long Since)> _marks = [];

    /// <summary>Some gateway has counts to report that may be in no batch yet.</summary>
    public bool Any => _marks.Values.Any(m => context.Now - m.Since <= KeepFor && !HasEnded(m.Gateway));

    /// <summary>The node read a mark that takes counts.</summary>
    public void Add(int shard, Generation generation, long position, NodeId gateway)
    {
        if (_marks.Count >= MaxMarks)
            _marks.RemoveAt(0);
        _marks[(shard, generation, position)] = (gateway, context.Now);
    }

    /// <summary>The node read that the report of a range is complete.</summary>
    /// <returns>Whether it was another gateway's report.</returns>
    public bool Remove(int shard, Generation generation, CompleteMark mark) => _marks.Remove((shard, generation, mark.To));

    private bool HasEnded(NodeId gateway) => context.View.Find(gateway.Name) is { } row && (row.Node != gateway || row.State == MemberState.Left);
}
