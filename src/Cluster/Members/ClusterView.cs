using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Members;

/// <summary>
/// What one node knows of the membership. Views differ and may be stale. They can be merged in any order: for each name the latest row
/// wins. So views that travel with pushes make a shard's roster at least as complete as that of any node that pushed to it.
/// <para>
/// A full view forgets a node that left, or if there is none, a dead one: of these the one that joined first. So nodes with new names can join for ever.
/// </para>
/// </summary>
public sealed class ClusterView
{
    private readonly ImmutableSortedDictionary<string, ClusterMember> _members;

    private ClusterView(ImmutableSortedDictionary<string, ClusterMember> members) => _members = members;

    public static ClusterView Empty { get; } = new(ImmutableSortedDictionary.Create<string, ClusterMember>(StringComparer.Ordinal));

    /// <summary>The latest row of each name.</summary>
    public IEnumerable<ClusterMember> Members => _members.Values;

    public ClusterMember? Find(string name) => _members.GetValueOrDefault(name);

    /// <summary>
    /// The view with a row; the same view if the row is not later, or if it is full of those that a full view keeps longer.
    /// </summary>
    public ClusterView With(ClusterMember member)
    {
        if (Find(member.Node.Name) is { } known)
            return member.Supersedes(known) ? new(_members.SetItem(member.Node.Name, member)) : this;
        if (_members.Count < ClusterLimits.MaxMembers)
            return new(_members.Add(member.Node.Name, member));
        var first = _members.Values.Where(m => m.State != MemberState.Live).MinBy(Rank);
        return first is null || (member.State != MemberState.Live && Rank(member).CompareTo(Rank(first)) <= 0)
            ? this
            : new(_members.Remove(first.Node.Name).Add(member.Node.Name, member));

        (bool IsDead, long Started) Rank(ClusterMember ended) => (ended.State == MemberState.Dead, ended.Started);
    }

    /// <summary>The latest rows of two views; this view if the other has no later row.</summary>
    public ClusterView Merge(ClusterView other)
    {
        var merged = this;
        foreach (var member in other.Members)
            merged = merged.With(member);
        return merged;
    }
}
