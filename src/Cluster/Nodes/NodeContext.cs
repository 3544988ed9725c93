using ThrottleNet.Cluster.Gateways;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>What the parts of a node share.</summary>
internal sealed class NodeContext(NodeId self, ClusterSettings settings, ClusterView view)
{
    private readonly Dictionary<NodeId, bool> _linked = [];
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private long _arrivals;
    private long? _tookUnmarked;

    public NodeId Self { get; } = self;

    public ClusterSettings Settings { get; } = settings;

    public ClusterView View { get; private set; } = view;

    /// <summary>Milliseconds since 1970, as of the current call.</summary>
    public long Now { get; set; }

    /// <summary>The links of this gateway with peers; null for a node that is no gateway.</summary>
    public GatewayLinks? Links { get; set; }

    public Gateway? Gateway { get; set; }

    public List<ClusterEffect> Effects { get; } = [];

    /// <summary>The number of the last counts that were read from any log.</summary>
    public long Arrivals => _arrivals;

    /// <summary>Whether this gateway reports to peers, as far as this node knows.</summary>
    public bool Speaks => Speaker.Speaks(View, Self, View.Find(Self.Name)?.Started ?? long.MaxValue, IsLinked);

    /// <summary>
    /// Nodes that were live within <see cref="ClusterLimits.ReaderMemory"/>, by this node's view. A node that is cut off sees all others
    /// declared dead, while each of them may let as much through as this node does.
    /// </summary>
    public int RecentNodes
    {
        get
        {
            NoteLive();
            return Math.Max(1, _seen.Count);
        }
    }

    /// <summary>
    /// When this node last took over counts whose batches its exchange may not have: counts of a copy or of another generation, or counts
    /// that another gateway reported; also when a gateway started, or last stood still. Milliseconds since 1970; 0: not yet.
    /// </summary>
    public long TookOver { get; private set; }

    /// <summary>Another gateway may report counts that this node took over, after a mark that this node has not read.</summary>
    public bool MayLackMarks =>
        Now - _tookUnmarked <= ClusterLimits.BatchMemory && View.Members.Any(m => m.Gateway && m.Node.Name != Self.Name);

    /// <summary>Entries that this node has resent to new generations.</summary>
    public long Resent { get; set; }

    public long NextArrival() => ++_arrivals;

    /// <summary>Takes over from an earlier start of this process which nodes were live, and when.</summary>
    public void Succeed(NodeContext before)
    {
        foreach (var (name, at) in before._seen)
            _seen[name] = at;
    }

    /// <inheritdoc cref="TookOver"/>
    public void NoteTakeover() => TookOver = Now;

    /// <summary>Notes a takeover of counts that another gateway may have marked for its report where this node does not read.</summary>
    public void NoteUnmarked() => _tookUnmarked = TookOver = Now;

    public void SetView(ClusterView view)
    {
        NoteLive();
        View = View.Merge(view);
        NoteLive();
    }

    public void SetLinked(NodeId gateway, bool linked)
    {
        if (_linked.Count >= ClusterLimits.MaxMembers)
            _linked.Clear();
        _linked[gateway] = linked;
    }

    private bool IsLinked(NodeId gateway) =>
        gateway == Self ? Links is { Linked: true } : _linked.GetValueOrDefault(gateway, true);

    private void NoteLive()
    {
        foreach (var member in View.Members)
        {
            if (member.State == MemberState.Live)
                _seen[member.Node.Name] = Now;
            else if (member.State == MemberState.Left)
                _seen.Remove(member.Node.Name);
        }

        foreach (var (name, at) in _seen)
        {
            if (Now - at > ClusterLimits.ReaderMemory)
                _seen.Remove(name);
        }
    }
}
