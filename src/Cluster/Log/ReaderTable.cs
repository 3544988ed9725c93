using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Log;

/// <summary>
/// The readers of a generation and their cursors. A node is a reader from its first push on, whatever the view says of it; a member of the
/// view is one before its first push. Only silence for <see cref="ClusterLimits.ReaderMemory"/>, a later incarnation or leaving ends it.
/// </summary>
internal sealed class ReaderTable
{
    private readonly Dictionary<string, Reader> _readers = new(StringComparer.Ordinal);

    /// <summary>A node pushed. A node that left in order pushes its last counts, and is not a reader.</summary>
    /// <returns>False if a later incarnation of its name is known: this is a delayed call of a dead process.</returns>
    public bool Heard(NodeId node, ClusterView view, long now)
    {
        if (view.Find(node.Name) is { State: MemberState.Left } left && left.Node == node)
            return true;
        if (!_readers.TryGetValue(node.Name, out var reader) || reader.Node.Incarnation < node.Incarnation)
        {
            if (reader is null && _readers.Count >= ClusterLimits.MaxMembers)
                return false;
            _readers[node.Name] = reader = new Reader(node);
        }

        if (reader.Node != node)
            return false;
        (reader.Heard, reader.Expired) = (now, false);
        return true;
    }

    public void SetCursor(NodeId node, long cursor)
    {
        if (_readers.TryGetValue(node.Name, out var reader))
            reader.Cursor = cursor;
    }

    /// <summary>The node has resent to this generation everything that it holds.</summary>
    public void SetResent(NodeId node)
    {
        if (_readers.TryGetValue(node.Name, out var reader))
            reader.Resent = true;
    }

    /// <summary>
    /// Adds the members that have not pushed, and removes those that left. Of more readers than a view may have, those that the view has forgotten go.
    /// </summary>
    public void Include(ClusterView view, long first, long now)
    {
        foreach (var member in view.Members)
        {
            var known = _readers.GetValueOrDefault(member.Node.Name);
            if (known is not null && known.Node.Incarnation > member.Node.Incarnation)
                continue;
            if (member.State == MemberState.Left)
                _readers.Remove(member.Node.Name);
            else if (known?.Node != member.Node)
                _readers[member.Node.Name] = new Reader(member.Node) { Cursor = first, Heard = now };
        }

        while (_readers.Count > ClusterLimits.MaxMembers)
            _readers.Remove(_readers.Where(r => view.Find(r.Key) is null).MinBy(r => r.Value.Heard).Key);
    }

    /// <summary>Every live member of the view has resent what it holds.</summary>
    public bool AllResent(ClusterView view) =>
        _readers.Values.Any(r => r.Resent)
        && view.Members.All(m => m.State != MemberState.Live || _readers.GetValueOrDefault(m.Node.Name) is { Resent: true });

    public void Expire(long now)
    {
        foreach (var reader in _readers.Values)
            reader.Expired |= now - reader.Heard > ClusterLimits.ReaderMemory;
    }

    /// <summary>Every reader has read past the positions below.</summary>
    public long Stable(long first, long end)
    {
        var stable = end;
        foreach (var reader in _readers.Values)
        {
            if (!reader.Expired)
                stable = Math.Min(stable, reader.Cursor);
        }

        return Math.Max(first, stable);
    }

    public IReadOnlyList<ReaderState> Export() =>
        [.. _readers.Values.Select(r => new ReaderState(r.Node, r.Cursor, r.Heard, r.Resent, r.Expired))];

    public void Restore(ReaderState state) => _readers[state.Node.Name] =
        new Reader(state.Node) { Cursor = state.Cursor, Heard = state.Heard, Resent = state.Resent, Expired = state.Expired };

    private sealed class Reader(NodeId node)
    {
        public NodeId Node { get; } = node;

        public long Cursor { get; set; }

        public long Heard { get; set; }

        public bool Resent { get; set; }

        public bool Expired { get; set; }
    }
}
