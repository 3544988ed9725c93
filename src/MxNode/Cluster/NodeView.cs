using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>What this node knows of the cluster's membership, for its shards. Thread-safe.</summary>
internal sealed class NodeView(CountingClock clock)
{
    private ClusterView _view = ClusterView.Empty;
    private ImmutableHashSet<string> _gateways = [];

    /// <summary>Replaced as a whole at each change.</summary>
    public ClusterView View => Volatile.Read(ref _view);

    /// <summary>The origins of the cluster's gateways, as the membership says.</summary>
    public ImmutableHashSet<string> Gateways
    {
        get => Volatile.Read(ref _gateways);
        set => Volatile.Write(ref _gateways, value);
    }

    /// <summary>Milliseconds since 1970.</summary>
    public long Now => clock.Now;

    /// <summary>Called only from the cluster's loop.</summary>
    public void Set(ClusterView view) => Volatile.Write(ref _view, view);

    /// <summary>Whether another node is live and older than this one.</summary>
    public bool HasOlder(NodeId self) =>
        View.Find(self.Name) is { } own
        && View.Members.Any(m => m.State == MemberState.Live && m.Node.Name != self.Name && (m.Started, m.Node.Name).CompareTo((own.Started, self.Name)) < 0);
}
