using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Nodes;

namespace ThrottleNet.Cluster.Gateways;

/// <summary>The report marks of other gateways that this node has read and that took counts, until it has read that their reports are complete.</summary>
internal sealed class UnfinishedReports(NodeContext context)
{
    private const int MaxMarks = 4096;

    // In the order in which they were read.
    private readonly OrderedDictionary<(int Shard, Generation Generation, long Position), (NodeId Gateway, long Since)> _marks = [];

    /// <summary>Some gateway has counts to report that may be in no batch yet.</summary>
    public bool Any => _marks.Values.Any(m => context.Now - m.Since <= ClusterLimits.BatchMemory);

    /// <summary>The node read a mark that took counts.</summary>
    public void Add(int shard, Generation generation, long position, NodeId gateway)
    {
        while (_marks.Count > 0 && (_marks.Count >= MaxMarks || context.Now - _marks.GetAt(0).Value.Since > ClusterLimits.BatchMemory))
            _marks.RemoveAt(0);
        _marks[(shard, generation, position)] = (gateway, context.Now);
    }

    /// <summary>The node read that the report of a range is complete. A gateway completes its reports from one log in their order.</summary>
    /// <returns>Whether it was another gateway's report.</returns>
    public bool Remove(int shard, Generation generation, CompleteMark mark)
    {
        if (!_marks.TryGetValue((shard, generation, mark.To), out var complete))
            return false;
        var done = _marks.Where(m => m.Key.Shard == shard && m.Key.Generation == generation && m.Key.Position <= mark.To && m.Value.Gateway == complete.Gateway);
        foreach (var (key, _) in done.ToList())
            _marks.Remove(key);
        return true;
    }
}
