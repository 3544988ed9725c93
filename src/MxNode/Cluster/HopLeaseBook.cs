namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// The leases of sessions with one next hop. All leases together are never more sessions than the next hop is given. The one session that each node may have
/// without a lease comes on top. A node whose share shrinks takes no new session, and what it gives up is leased to other nodes. A new book does not know the
/// leases of an earlier one, so for the first <see cref="Validity"/> it gives each node an equal part at most. Not thread-safe.
/// </summary>
/// <param name="now">Milliseconds since 1970.</param>
internal sealed class HopLeaseBook(long now)
{
    /// <summary>A lease that is not renewed ends after this time, in milliseconds.</summary>
    public const int Validity = 5000;

    private readonly Dictionary<string, Entry> _leases = new(StringComparer.Ordinal);
    private readonly long _begun = now;

    /// <summary>Gives or renews a node's lease.</summary>
    /// <param name="node">The node.</param>
    /// <param name="wanted">Sessions that it asks for; 0: it gives its lease back.</param>
    /// <param name="inUse">Sessions that it has; they count although the lease may be smaller.</param>
    /// <param name="most">Sessions that the next hop is given by all nodes.</param>
    /// <param name="nodes">Live nodes of the cluster.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>The sessions that the node may have in use; 0 if others have all.</returns>
    public int Lease(string node, int wanted, int inUse, int most, int nodes, long now)
    {
        foreach (var (ended, _) in _leases.Where(l => l.Value.Until <= now).ToList())
        {
            _leases.Remove(ended);
        }

        _leases.Remove(node);
        var free = Math.Max(0, most - _leases.Values.Sum(l => l.Held));
        var isNew = now - _begun < Validity;
        var granted = Math.Min(free, isNew ? Math.Min(wanted, Math.Max(1, most / Math.Max(1, nodes))) : FairShare(wanted, most));
        if (wanted > 0 || inUse > 0)
        {
            _leases[node] = new Entry(wanted, Math.Max(granted, inUse), now + Validity);
        }

        return granted;
    }

    // Nobody gets more than it wants, and what one does not want is divided among the others.
    private int FairShare(int wanted, int most)
    {
        var (left, nodes) = (most, _leases.Count + 1);
        foreach (var other in _leases.Values.Select(l => l.Wanted).Where(w => w < wanted).Order())
        {
            left -= Math.Min(other, left / nodes--);
        }

        return Math.Min(wanted, left / nodes);
    }

    private readonly record struct Entry(int Wanted, int Held, long Until);
}
