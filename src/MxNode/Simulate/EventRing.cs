using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>An event at a node: a frame arrives, a link opens or ends, or the node ticks.</summary>
internal readonly record struct SimEvent(SimEventKind Kind, int Node, int Life, long Link, Frame? Frame, int Size);

internal enum SimEventKind : byte
{
    Tick,
    Frame,
    LinkUp,
    LinkDown,
    ConnectFailed,
}

/// <summary>
/// Events by millisecond, in the order in which they were added. A ring of lists, since nearly all of the millions of events lie within a few
/// seconds.
/// </summary>
internal sealed class EventRing
{
    /// <summary>The most milliseconds that an event may lie ahead.</summary>
    public const int Horizon = 1 << 15;

    private readonly List<SimEvent>?[] _slots = new List<SimEvent>?[Horizon];
    private readonly Stack<List<SimEvent>> _spare = [];

    public void Add(long now, long at, in SimEvent e)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(at - now, Horizon);
        ref var slot = ref _slots[at % Horizon];
        slot ??= _spare.TryPop(out var spare) ? spare : [];
        slot.Add(e);
    }

    /// <summary>The events of a millisecond; events may be added to it while it is read.</summary>
    public List<SimEvent>? At(long now) => _slots[now % Horizon];

    public void Clear(long now)
    {
        ref var slot = ref _slots[now % Horizon];
        if (slot is null)
            return;
        slot.Clear();
        _spare.Push(slot);
        slot = null;
    }
}
