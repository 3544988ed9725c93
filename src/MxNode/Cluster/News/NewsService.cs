using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster.News;

/// <summary>
/// Sends this node's news to every other live node, to each at its own pace: a node that does not answer delays no other. After its start it asks the older
/// nodes for everything.
/// </summary>
internal sealed class NewsService(NewsDesk desk, ShardCalls calls, NodeView view, NodeStart start, ClusterLog log, NodeHealth health)
    : PeriodicService("news of the cluster", Interval, health)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // A node that was away for longer is taken for one that joins.
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private readonly Dictionary<NodeId, Lane> _lanes = [];
    private readonly HashSet<NodeId> _asked = [];
    private Task _reading = Task.CompletedTask;

    protected override Task TickAsync(CancellationToken stopping)
    {
        desk.Collect();
        if (calls.Silo is not { } silo)
        {
            return Task.CompletedTask;
        }

        foreach (var (node, address) in silo.Nodes.Where(n => n.Key.Name != start.Name))
        {
            if (!_lanes.TryGetValue(node, out var lane))
            {
                _lanes.Add(node, lane = new Lane());
            }

            lane.LiveAt = Time.GetTimestamp();
            if (lane.Sending.IsCompleted && desk.HasNews(lane.Next))
            {
                lane.Sending = SendAsync(silo, address, lane);
            }
        }

        foreach (var (node, _) in _lanes.Where(l => Time.GetElapsedTime(l.Value.LiveAt) > Memory).ToList())
        {
            _lanes.Remove(node);
        }

        if (_reading.IsCompleted && (desk.IsLacking || desk.Source is not null))
        {
            _reading = ReadAsync(silo);
        }

        return Task.CompletedTask;
    }

    private async Task SendAsync(SiloLink silo, SiloAddress address, Lane lane)
    {
        try
        {
            while (desk.HasNews(lane.Next))
            {
                var (items, next, missed) = desk.Read(lane.Next);
                await silo.NodeAt(address).TakeNewsAsync(new NewsCall(start.Name, start.Incarnation, missed, items));
                lane.Next = next;
            }
        }
        catch (Exception e)
        {
            log.CallFailed(e, $"news for {address}");
        }
    }

    private async Task ReadAsync(SiloLink silo)
    {
        if ((desk.Source ?? NextOlder(silo)) is not { } giver)
        {
            desk.NothingToRead();
            return;
        }

        try
        {
            _asked.Add(giver);
            desk.ReceiveAll(giver, silo.AddressOf(giver) is { } address
                ? await silo.NodeAt(address).ReadNewsAsync()
                : []);
        }
        catch (Exception e)
        {
            _asked.Remove(giver);
            log.CallFailed(e, $"asking {giver} for what the cluster knows");
        }
    }

    // The oldest live node that is older than this one and was not asked: it may lack a topic, as a node without a guard does.
    private NodeId? NextOlder(SiloLink silo)
    {
        var members = view.View.Members;
        var own = members.FirstOrDefault(m => m.Node.Name == start.Name);
        var older = own is null ? null : members
            .Where(m => m.State == MemberState.Live && m.Node.Name != start.Name && silo.Nodes.ContainsKey(m.Node) && !_asked.Contains(m.Node))
            .Where(m => (m.Started, m.Node.Name).CompareTo((own.Started, own.Node.Name)) < 0)
            .MinBy(m => (m.Started, m.Node.Name));
        return older?.Node;
    }

    private sealed class Lane
    {
        /// <summary>The number of the next news to send.</summary>
        public long Next { get; set; }

        /// <summary>When the node was last live (timestamp).</summary>
        public long LiveAt { get; set; }

        public Task Sending { get; set; } = Task.CompletedTask;
    }
}
