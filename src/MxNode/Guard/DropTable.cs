using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>A host that is not to get a socket.</summary>
/// <param name="Address">One of its addresses; all its block is dropped.</param>
internal sealed record DroppedHost(IPAddress Address, DateTimeOffset Until)
{
    public IpBlock Block { get; } = IpBlock.Of(Address);
}

/// <summary>The hosts that are dropped, each for its time. Thread-safe; bounded: the longest there goes for a new one.</summary>
internal sealed class DropTable(GuardOptions options, TrustedBlocks trusted, TimeProvider time, int capacity = DropTable.Capacity)
{
    /// <summary>Hosts: as many elements in the kernel, some hundred octets each.</summary>
    public const int Capacity = 65_536;

    private readonly Dictionary<IpBlock, DroppedHost> _hosts = [];
    private readonly Queue<DroppedHost> _order = new();
    private readonly Dictionary<IpBlock, DroppedHost?> _changes = [];
    private readonly Lock _lock = new();

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _hosts.Count;
            }
        }
    }

    /// <summary>Drops a host from now on; not one whose subnet holds a trusted one.</summary>
    public void Add(IPAddress address)
    {
        var host = new DroppedHost(address, time.GetUtcNow() + options.DropTime);
        if (!IsTrusted(host))
        {
            Add(host);
        }
    }

    /// <summary>Whether dropping it would hit somebody who is trusted.</summary>
    public bool IsTrusted(DroppedHost host) => trusted.Holds(host.Address);

    /// <summary>Puts a host back, for the rest of its time.</summary>
    public void Restore(DroppedHost host)
    {
        var longest = time.GetUtcNow() + options.DropTime;
        if (host.Until > time.GetUtcNow())
        {
            Add(host.Until > longest ? host with { Until = longest } : host);
        }
    }

    public void Remove(IpBlock host)
    {
        lock (_lock)
        {
            if (_hosts.Remove(host))
            {
                _changes[host] = null;
            }
        }
    }

    /// <summary>All of them, the longest there first. Forgets those whose time is over; the kernel does so by itself.</summary>
    public IReadOnlyList<DroppedHost> Hosts()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            while (_order.TryPeek(out var first) && (first.Until <= now || !IsCurrent(first)))
            {
                _order.Dequeue();
                Forget(first);
            }

            return [.. _order.Where(IsCurrent)];
        }
    }

    /// <summary>What has changed since the last call: hosts now dropped, blocks no longer.</summary>
    public (IReadOnlyList<DroppedHost> Added, IReadOnlyList<IpBlock> Removed) TakeChanges()
    {
        lock (_lock)
        {
            IReadOnlyList<DroppedHost> added = [.. _changes.Values.OfType<DroppedHost>()];
            IReadOnlyList<IpBlock> removed = [.. _changes.Where(c => c.Value is null).Select(c => c.Key)];
            _changes.Clear();
            return (added, removed);
        }
    }

    private void Add(DroppedHost host)
    {
        lock (_lock)
        {
            // One that is there and still tries has connections from before; its time stands.
            if (_hosts.TryGetValue(host.Block, out var known) && known.Until > time.GetUtcNow())
            {
                return;
            }

            while (_hosts.Count >= capacity || _order.Count >= 2 * capacity)
            {
                var oldest = _order.Dequeue();
                if (Forget(oldest))
                {
                    _changes[oldest.Block] = null;
                }
            }

            _hosts[host.Block] = _changes[host.Block] = host;
            _order.Enqueue(host);
        }
    }

    // Needs the lock.
    private bool IsCurrent(DroppedHost host) => ReferenceEquals(_hosts.GetValueOrDefault(host.Block), host);

    // Needs the lock.
    private bool Forget(DroppedHost host) => IsCurrent(host) && _hosts.Remove(host.Block);
}
