namespace ThrottleNet.MxNode.Cluster;

/// <summary>A next hop, whose sessions the nodes of the cluster share. The key is its address and port.</summary>
internal interface INextHopGrain : IGrainWithStringKey
{
    /// <inheritdoc cref="HopLeaseBook.Lease"/>
    public Task<int> LeaseAsync(string node, int wanted, int inUse, int most, int nodes);
}
