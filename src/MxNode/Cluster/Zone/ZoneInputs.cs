using System.Net;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Cluster.Zone;

/// <summary>What <see cref="ZoneService"/> needs of the rest of the node.</summary>
internal sealed class ZoneInputs(ShardCalls calls, IHostApplicationLifetime lifetime, PeerNotes? notes = null)
{
    /// <summary>The node has started and is not stopping.</summary>
    public bool Serves => lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>The names of the live nodes; null while this node's silo is away.</summary>
    public IReadOnlySet<string>? LiveNames => calls.Silo?.Nodes.Keys.Select(n => n.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>Gives other operators the addresses that the cluster's mail comes from, so that their guards take its nodes for relays. Only a gateway can.</summary>
    public void SetSources(IReadOnlyList<IPAddress> sources) => notes?.SetClusterSources(sources);
}
