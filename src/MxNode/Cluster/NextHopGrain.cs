namespace ThrottleNet.MxNode.Cluster;

/// <summary>Leases sessions with one next hop. It forgets them when it ends; see <see cref="HopLeaseBook"/>.</summary>
[ShardPlacement]
internal sealed class NextHopGrain(NodeView node) : Grain, INextHopGrain
{
    private readonly HopLeaseBook _book = new(node.Now);

    public Task<int> LeaseAsync(string caller, int wanted, int inUse, int most, int nodes) =>
        Task.FromResult(_book.Lease(caller, wanted, inUse, most, nodes, node.Now));
}
