using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster.Members;

/// <summary>
/// Whether the list of members can be used, and has this node in it, and no other node of its name. A fault is logged when it begins and once a minute while it lasts; <c>status</c> and a metric
/// show it. Thread-safe.
/// </summary>
internal sealed class MemberListState(ClusterLog log, NodeHealth health)
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    // A node that was killed and starts at another address finds its earlier self in the list until that is declared dead.
    private static readonly TimeSpan NamesakePatience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly ComponentHealth _component = health.Of("list of the cluster's members", LookEvery, LookEvery);
    private Fault? _fault;
    private long _saidAt;
    private long? _namesakeSince;

    private enum Fault
    {
        Unreadable,
        Lost,
        Namesake,
    }

    public bool HasFault
    {
        get
        {
            lock (_lock)
            {
                return _fault is not null;
            }
        }
    }

    /// <summary>The list cannot be used.</summary>
    public void Unreadable(string place, string fault) => Note(Fault.Unreadable, $"{place} cannot be used: {fault}", () => log.MembersUnreadable(place, fault));

    /// <summary>This node's row could not be updated: the list cannot be used, or this node is not in it any more.</summary>
    public void NotUpdated(string place, string fault)
    {
        lock (_lock)
        {
            if (_fault is Fault.Lost)
            {
                return;
            }
        }

        Unreadable(place, fault);
    }

    /// <summary>This node is not in the list any more.</summary>
    public void Lost(string place) => Note(
        Fault.Lost, $"{place} was lost, so nodes that start now form another cluster; restart all nodes one after the other", () => log.MembersLost(place));

    /// <summary>Another live node in the list has this node's name.</summary>
    /// <param name="name">Both nodes' name.</param>
    /// <param name="address">Where the other one's silo listens.</param>
    public void Namesake(string name, string address)
    {
        lock (_lock)
        {
            _namesakeSince ??= health.Time.GetTimestamp();
            if (health.Time.GetElapsedTime(_namesakeSince.Value) < NamesakePatience)
            {
                return;
            }
        }

        Note(Fault.Namesake, $"the node at {address} is called {name} too, so the cluster counts for one of the two only; give each node a Node:Name of its own", () => log.Namesake(name, address));
    }

    /// <summary>The list answered. Whether this node is in it was not looked at.</summary>
    public void Answered(string place) => Clear(place, only: Fault.Unreadable);

    /// <summary>The list could be read, and is right for this node.</summary>
    public void Right(string place)
    {
        lock (_lock)
        {
            _namesakeSince = null;
        }

        Clear(place, only: null);
    }

    private void Clear(string place, Fault? only)
    {
        lock (_lock)
        {
            if (_fault is null || (only is not null && _fault != only))
            {
                return;
            }

            _fault = null;
        }

        _component.Worked();
        log.MembersReadAgain(place);
    }

    private void Note(Fault fault, string reason, Action say)
    {
        lock (_lock)
        {
            _component.Failed(reason);
            if (_fault == fault && health.Time.GetElapsedTime(_saidAt) < SayEvery)
            {
                return;
            }

            (_fault, _saidAt) = (fault, health.Time.GetTimestamp());
        }

        say();
    }
}
