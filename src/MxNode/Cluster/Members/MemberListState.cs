using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster.Members;

/// <summary>
/// Whether the list of members can be used, and has this node in it. A fault is logged when it begins and once a minute while it lasts; <c>status</c> and a metric
/// show it. Thread-safe.
/// </summary>
internal sealed class MemberListState(ClusterLog log, NodeHealth health)
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly ComponentHealth _component = health.Of("list of the cluster's members", LookEvery, LookEvery);
    private string? _kind;
    private long _saidAt;

    public bool HasFault
    {
        get
        {
            lock (_lock)
            {
                return _kind is not null;
            }
        }
    }

    /// <summary>The list cannot be used.</summary>
    public void Unreadable(string place, string fault) => Note("unreadable", $"{place} cannot be used: {fault}", () => log.MembersUnreadable(place, fault));

    /// <summary>This node is not in the list any more.</summary>
    public void Lost(string place) => Note("lost", $"{place} was lost, so nodes that start now form another cluster; restart all nodes one after the other", () => log.MembersLost(place));

    /// <summary>The list could be used.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="hasSelf">Whether this node is in it; null if that was not looked at.</param>
    public void Works(string place, bool? hasSelf = null)
    {
        lock (_lock)
        {
            if (_kind is null || (_kind == "lost" && hasSelf != true))
            {
                return;
            }

            _kind = null;
        }

        _component.Worked();
        log.MembersReadAgain(place);
    }

    private void Note(string kind, string reason, Action say)
    {
        lock (_lock)
        {
            _component.Failed(reason);
            if (_kind == kind && health.Time.GetElapsedTime(_saidAt) < SayEvery)
            {
                return;
            }

            (_kind, _saidAt) = (kind, health.Time.GetTimestamp());
        }

        say();
    }
}
