using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Guard;

/// <summary>A host whose connections the firewall drops.</summary>
/// <param name="Address">An address of the host; its whole block is dropped.</param>
/// <param name="Until">When the host is let in again.</param>
internal sealed record DroppedHost(IPAddress Address, DateTimeOffset Until)
{
    public IpBlock Block { get; } = IpBlock.Of(Address);
}

/// <summary>The dropped hosts, each for a limited time. Thread-safe. Bounded: when it is full, a new host replaces the one dropped longest ago.</summary>
internal sealed class DropTable(Live<GuardOptions> options, TrustedBlocks trusted, TimeProvider time, int capacity = DropTable.Capacity)
{
    /// <summary>Hosts. Each is an element of the kernel's set too, of about a hundred octets.</summary>
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

    /// <summary>Drops a host from now on, unless its subnet holds a trusted host.</summary>
    /// <returns>Null if the host is not dropped, or was dropped before.</returns>
    public DroppedHost? Add(IPAddress address)
    {
        var host = new DroppedHost(address, time.GetUtcNow() + options.Current.DropTime);
        return !IsTrusted(host) && Add(host) ? host : null;
    }

    /// <summary>Whether dropping the host would drop a trusted host.</summary>
    public bool IsTrusted(DroppedHost host) => trusted.Holds(host.Address);

    /// <summary>Drops a host that another guard of the cluster dropped, unless its subnet holds a trusted host.</summary>
    public void Take(DroppedHost host)
    {
        if (!IsTrusted(host))
        {
            Restore(host);
        }
    }

    /// <summary>A dropped host; null if the block is not dropped.</summary>
    public DroppedHost? Find(IpBlock block)
    {
        lock (_lock)
        {
            return _hosts.TryGetValue(block, out var host) && !IsOver(host, time.GetUtcNow()) ? host : null;
        }
    }

    /// <summary>Puts a stored host back for the rest of its time.</summary>
    public void Restore(DroppedHost host)
    {
        var longest = time.GetUtcNow() + options.Current.DropTime;
        if (host.Until > time.GetUtcNow()) // later than the longest time if the clock was set back meanwhile
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

    /// <summary>The dropped hosts, the one dropped longest ago first. Hosts whose time is over are forgotten.</summary>
    public IReadOnlyList<DroppedHost> Hosts()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            while (_order.TryPeek(out var first) && (IsOver(first, now) || !IsCurrent(first)))
            {
                _order.Dequeue();
                if (Forget(first))
                {
                    // The kernel's element ends by itself, but not in time if the machine was suspended.
                    _changes[first.Block] = null;
                }
            }

            return [.. _order.Where(IsCurrent)];
        }
    }

    /// <summary>The changes since the last call: hosts that were dropped, and blocks that were let in.</summary>
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

    private bool Add(DroppedHost host)
    {
        lock (_lock)
        {
            // A dropped host that still asks has connections from before; its time is not extended.
            if (_hosts.TryGetValue(host.Block, out var known) && !IsOver(known, time.GetUtcNow()))
            {
                return false;
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
            return true;
        }
    }

    // After a step back of the clock a time may be further off than any time that is given: the kernel, which measures by its monotonic clock, lets such
    // a host in before.
    private bool IsOver(DroppedHost host, DateTimeOffset now) => host.Until <= now || host.Until > now + options.Current.DropTime;

    // Needs the lock.
    private bool IsCurrent(DroppedHost host) => ReferenceEquals(_hosts.GetValueOrDefault(host.Block), host);

    // Needs the lock.
    private bool Forget(DroppedHost host) => IsCurrent(host) && _hosts.Remove(host.Block);
}
