using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ThrottleNet.Protocol.Blocks;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The connections there are: in all and by host block. When sockets run short, the block furthest over its rate loses
/// one, so that a flood cannot keep people out.
/// </summary>
/// <param name="pressure">How far over its rate a block is: its rate over its limit.</param>
internal sealed class ConnectionRegistry(SmtpOptions options, Func<IpBlock, double> pressure)
{
    // Idle times shrink from here on, down to the floor when the last socket is taken.
    private const double PressureFrom = 0.75;
    private static readonly TimeSpan IdleFloor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<SmtpWire, IpBlock> _connections = new();
    private readonly Dictionary<IpBlock, int> _blocks = [];
    private readonly Lock _lock = new();

    public int Count => _connections.Count;

    /// <summary>Takes a connection in, or says why not. Trusted hosts have no limit of their own.</summary>
    public RefusalReason? TryAdd(SmtpWire wire, IpBlock block, bool trusted)
    {
        lock (_lock)
        {
            if (!trusted && _blocks.GetValueOrDefault(block) >= options.MaxConnectionsPerBlock)
            {
                return RefusalReason.TooManyConnectionsFromBlock;
            }

            if (_connections.Count >= options.MaxConnections && !DropWorseThan(block, trusted))
            {
                return RefusalReason.TooManyConnections;
            }

            CollectionsMarshal.GetValueRefOrAddDefault(_blocks, block, out _)++;
            _connections[wire] = block;
            return null;
        }
    }

    public void Remove(SmtpWire wire)
    {
        lock (_lock)
        {
            if (_connections.TryRemove(wire, out var block) && --CollectionsMarshal.GetValueRefOrNullRef(_blocks, block) == 0)
            {
                _blocks.Remove(block);
            }
        }
    }

    /// <summary>An idle time, shortened as connections run out.</summary>
    public TimeSpan Shorten(TimeSpan idle)
    {
        var used = (double)_connections.Count / options.MaxConnections;
        return used <= PressureFrom || idle <= IdleFloor
            ? idle
            : IdleFloor + ((idle - IdleFloor) * Math.Max(0, (1 - used) / (1 - PressureFrom)));
    }

    // Needs the lock. The dropped connection leaves the registry when its session ends; until then one more is open than the limit says.
    private bool DropWorseThan(IpBlock block, bool trusted)
    {
        var worst = _blocks.Keys.Select(b => (Block: b, Pressure: pressure(b))).MaxBy(b => b.Pressure);
        if (worst.Pressure <= (trusted ? 0 : pressure(block)))
        {
            return false;
        }

        if (_connections.FirstOrDefault(c => c.Value == worst.Block).Key is not { } victim)
        {
            return false;
        }

        Remove(victim);
        victim.Abort();
        return true;
    }
}
