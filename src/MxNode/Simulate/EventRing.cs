using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>Something that happens to a node at a moment: a frame arrives, a link ends, or (no frame) it ticks.</summary>
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
/// Events by millisecond, in the order in which they were added: a ring of lists, since nearly all lie within a few
/// seconds, and millions of them pass.
/// </summary>
internal sealed class EventRing
{
    /// <summary>Milliseconds that an event may lie ahead.</summary>
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

    /// <summary>The events of a millisecond; more may be added to it while it is read.</summary>
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
