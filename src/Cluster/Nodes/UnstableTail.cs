using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>
/// The entries of one shard that some reader may lack: the node's own and others', in the order in which it got them. The node resends them
/// to a generation that lacks them. So an entry is lost only with all nodes that read it.
/// </summary>
internal sealed class UnstableTail
{
    private List<TailEntry> _entries = [];

    public int Count => _entries.Count;

    public IEnumerable<LogEntry> Entries => _entries.Select(e => e.Entry);

    public IReadOnlyList<TailEntry> All => _entries;

    public void Add(TailEntry entry) => _entries.Add(entry);

    /// <summary>An entry was read again.</summary>
    /// <returns>The number under which the node applied it; null if the tail no longer has it.</returns>
    public long? SetPosition(LogEntry entry, long position)
    {
        var index = _entries.FindLastIndex(e => EntryIdentity.Instance.Equals(e.Entry, entry));
        if (index < 0)
            return null;
        _entries[index] = _entries[index] with { Position = position };
        return _entries[index].Arrival;
    }

    /// <summary>The node reads another generation.</summary>
    public void ForgetPositions() => _entries = [.. _entries.Select(e => e with { Position = null })];

    /// <summary>
    /// The log contains everything that the node resent. An entry without a position was refused, because the log has a later one of its
    /// source; then every reader of the generation before had read it.
    /// </summary>
    /// <param name="last">The last position of the log.</param>
    /// <param name="unsent">What the node has not sent.</param>
    /// <returns>Whether there was such an entry.</returns>
    public bool Place(long last, HashSet<LogEntry> unsent)
    {
        var placed = false;
        for (var i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Position is not null || unsent.Contains(_entries[i].Entry))
                continue;
            _entries[i] = _entries[i] with { Position = last };
            placed = true;
        }

        return placed;
    }

    /// <summary>Every reader has read past the positions below.</summary>
    public void Forget(long stable) => _entries.RemoveAll(e => e.Position < stable);

    public void Replace(IEnumerable<TailEntry> entries) => _entries = [.. entries];

    public ImmutableArray<TailEntry> Without(Func<LogEntry, bool> isLeftOut) => [.. _entries.Where(e => !isLeftOut(e.Entry))];
}
