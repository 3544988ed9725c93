namespace ThrottleNet.MxNode.Cluster;

/// <summary>Asks all other live nodes of the cluster something. Waits a second at most, so a node that is about to be declared dead delays no answer.</summary>
internal sealed class NodeCalls(ShardCalls calls, ClusterLog log, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <returns>The answers by node, and the nodes that did not answer, both in order of name.</returns>
    public async Task<(IReadOnlyList<(string Node, T Answer)> Answers, IReadOnlyList<string> Silent)> AskOthersAsync<T>(Func<INodeGrain, Task<T>> question, string what)
    {
        if (calls.Silo is not { } silo)
        {
            return ([], []);
        }

        var others = silo.Nodes.Where(n => !n.Value.Equals(silo.Self)).OrderBy(n => n.Key.Name, StringComparer.Ordinal).ToList();
        var asked = await Task.WhenAll(others.Select(n => AskAsync(silo.NodeAt(n.Value), n.Key.Name)));
        return ([.. asked.Where(a => a.HasAnswer).Select(a => (a.Node, a.Answer))], [.. asked.Where(a => !a.HasAnswer).Select(a => a.Node)]);

        async Task<(string Node, bool HasAnswer, T Answer)> AskAsync(INodeGrain grain, string node)
        {
            try
            {
                return (node, true, await question(grain).WaitAsync(Patience, time));
            }
            catch (Exception e)
            {
                log.CallFailed(e, $"asking {node} for {what}");
                return (node, false, default!);
            }
        }
    }
}
