namespace ThrottleNet.MxNode.Cluster.Zone;

/// <summary>
/// Decides which nodes of the cluster the magic name has. A node enters when it is ready, and leaves at once when it stops. A node that the membership lost
/// leaves after <see cref="Grace"/>: a live node that was declared dead is back sooner. If more than one node and more than half of the other nodes are lost, this
/// node is probably cut off itself, so they leave only after <see cref="LongGrace"/>. The last nodes never leave: a name without an address serves nobody.
/// </summary>
/// <param name="self">This node's name.</param>
/// <param name="time">The clock.</param>
internal sealed class ZoneMembers(string self, TimeProvider time)
{
    /// <summary>A node that the membership lost leaves after this time.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <summary>Nodes that were lost together leave after this time.</summary>
    public static readonly TimeSpan LongGrace = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, long> _lostAt = new(StringComparer.Ordinal);
    private IReadOnlyList<NodeCard> _last = [];

    /// <summary>The cards of the nodes that the magic name has now.</summary>
    /// <param name="cards">The last card of each node.</param>
    /// <param name="live">The names of the live nodes, as the membership says.</param>
    public IReadOnlyList<NodeCard> Update(IReadOnlyList<NodeCard> cards, IReadOnlySet<string> live)
    {
        var now = time.GetTimestamp();
        var ready = cards.Where(c => c.IsReady && c.Addresses.Count > 0).ToList();
        foreach (var name in _lostAt.Keys.Where(name => live.Contains(name) || !ready.Exists(c => c.Node == name)).ToList())
        {
            _lostAt.Remove(name);
        }

        var before = _last.Select(c => c.Node).ToHashSet(StringComparer.Ordinal);
        var lost = ready.Where(c => c.Node != self && !live.Contains(c.Node) && before.Contains(c.Node)).ToList();
        foreach (var card in lost)
        {
            _lostAt.TryAdd(card.Node, now);
        }

        var others = before.Count(name => name != self);
        var grace = lost.Count > 1 && 2 * lost.Count > others ? LongGrace : Grace;
        List<NodeCard> members =
        [
            .. ready.Where(c => c.Node == self || live.Contains(c.Node)
                || (_lostAt.TryGetValue(c.Node, out var since) && time.GetElapsedTime(since, now) < grace)),
        ];
        return _last = members.Count > 0 ? members : _last;
    }
}
