using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The connections there are: in all and by host block. When sockets run short, the block furthest over its rate loses
/// one, so that a flood cannot keep people out.
/// </summary>
/// <param name="pressure">How far over its rate a block is: its rate over its limit.</param>
internal sealed class ConnectionRegistry(SmtpOptions options, Func<IpBlock, double> pressure, TimeProvider time)
{
    // Idle times shrink from here on, down to the floor when the last socket is taken.
    private const double PressureFrom = 0.75;
    private static readonly TimeSpan IdleFloor = TimeSpan.FromSeconds(30);

    // To look at every block takes a while when there are thousands, and a flood brings as many newcomers a second.
    private static readonly TimeSpan RankEvery = TimeSpan.FromSeconds(1);

    private readonly Dictionary<IpBlock, List<SmtpWire>> _blocks = [];
    private readonly Lock _lock = new();
    private readonly Stack<(IpBlock Block, double Pressure)> _worst = new();
    private long? _ranked;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes a connection in, or says why not. Trusted hosts have no limit of their own.</summary>
    public RefusalReason? TryAdd(SmtpWire wire, IpBlock block, bool trusted)
    {
        lock (_lock)
        {
            if (!trusted && _blocks.GetValueOrDefault(block)?.Count >= options.MaxConnectionsPerBlock)
            {
                return RefusalReason.TooManyConnectionsFromBlock;
            }

            if (_count >= options.MaxConnections && !DropWorseThan(trusted ? 0 : pressure(block)))
            {
                return RefusalReason.TooManyConnections;
            }

            if (!_blocks.TryGetValue(block, out var wires))
            {
                _blocks[block] = wires = new List<SmtpWire>(1);
            }

            wires.Add(wire);
            _count++;
            return null;
        }
    }

    /// <summary>Forgets a connection; one that was dropped is forgotten already.</summary>
    public void Remove(SmtpWire wire, IpBlock block)
    {
        lock (_lock)
        {
            if (!_blocks.TryGetValue(block, out var wires) || !wires.Remove(wire))
            {
                return;
            }

            _count--;
            if (wires.Count == 0)
            {
                _blocks.Remove(block);
            }
        }
    }

    /// <summary>An idle time, shortened as connections run out.</summary>
    public TimeSpan Shorten(TimeSpan idle)
    {
        var used = (double)Count / options.MaxConnections;
        return used <= PressureFrom || idle <= IdleFloor
            ? idle
            : IdleFloor + ((idle - IdleFloor) * Math.Max(0, (1 - used) / (1 - PressureFrom)));
    }

    // Needs the lock. The session of a dropped connection ends in its own time; until then one more is open than the limit says.
    private bool DropWorseThan(double newcomer)
    {
        RankIfDue();
        while (_worst.TryPeek(out var worst) && worst.Pressure > newcomer)
        {
            if (_blocks.TryGetValue(worst.Block, out var wires))
            {
                var victim = wires[^1];
                Remove(victim, worst.Block);
                victim.Abort();
                return true;
            }

            _worst.Pop();
        }

        return false;
    }

    // Needs the lock.
    private void RankIfDue()
    {
        if (_ranked is { } ranked && time.GetElapsedTime(ranked) < RankEvery)
        {
            return;
        }

        _ranked = time.GetTimestamp();
        _worst.Clear();
        foreach (var block in _blocks.Keys.Select(b => (Block: b, Pressure: pressure(b))).Where(b => b.Pressure > 0).OrderBy(b => b.Pressure))
        {
            _worst.Push(block);
        }
    }
}
