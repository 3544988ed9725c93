using ThrottleNet.Cluster;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// Notices nodes of this operator that are not in this cluster. A cluster applies no batch of its own operator (rule 14), so the counts of such a node are
/// missing here: two clusters have formed. The log says so once a minute, and <c>status</c> and a metric show it. Accessed only from the cluster's loop,
/// but for <see cref="Count"/>.
/// </summary>
internal sealed class StrangerWatch(NodeView view, ClusterLog log, NodeHealth health)
{
    // Milliseconds. A gateway that has just joined is in the list of members within this time.
    private const int JoinPatience = 30_000;

    // Milliseconds between two lines about one node.
    private const int SayEvery = 60_000;

    // Milliseconds. A node that has sent no batch for this time has stopped, or has nothing to count.
    private const int Memory = 10 * 60_000;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly ComponentHealth _component = health.Of("nodes of this operator", LookEvery, LookEvery);
    private readonly Dictionary<OriginId, Stranger> _strangers = [];
    private volatile int _count;

    /// <summary>Nodes of this operator that are not in this cluster.</summary>
    public int Count => _count;

    /// <summary>A batch of another node of this operator came.</summary>
    /// <param name="origin">The node.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public void Note(OriginId origin, long now)
    {
        if (view.Gateways.Contains(origin.ToString()))
        {
            _strangers.Remove(origin);
        }
        else if (_strangers.TryGetValue(origin, out var stranger))
        {
            stranger.Heard = now;
            if (now >= stranger.Say)
            {
                (stranger.IsKnown, stranger.Say) = (true, now + SayEvery);
                _component.Failed($"node {origin} has a certificate of this operator and is not in this cluster, so its counts are missing here; give all nodes the same Cluster:Name and Cluster:Members");
                log.Stranger(origin.ToString());
            }
        }
        else if (_strangers.Count < ClusterLimits.MaxMembers)
        {
            _strangers.Add(origin, new Stranger { Heard = now, Say = now + JoinPatience });
        }

        Update(now);
    }

    /// <summary>Time passed.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public void Tick(long now)
    {
        if (_strangers.Count > 0)
        {
            Update(now);
        }
    }

    private void Update(long now)
    {
        foreach (var origin in _strangers.Where(s => now - s.Value.Heard > Memory || view.Gateways.Contains(s.Key.ToString())).Select(s => s.Key).ToList())
        {
            _strangers.Remove(origin);
        }

        _count = _strangers.Values.Count(s => s.IsKnown);
        if (_count == 0)
        {
            _component.Worked();
        }
    }

    private sealed class Stranger
    {
        public long Heard { get; set; }

        /// <summary>When the next line about it is due.</summary>
        public long Say { get; set; }

        /// <summary>It has had the time to join.</summary>
        public bool IsKnown { get; set; }
    }
}
