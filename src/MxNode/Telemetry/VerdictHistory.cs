namespace ThrottleNet.MxNode.Telemetry;

/// <summary>
/// How many recipients were passed, slowed, deferred and refused over the last day, in slots of ten seconds. Its memory is fixed: 169 KiB.
/// Thread-safe.
/// </summary>
internal sealed class VerdictHistory
{
    /// <summary>The time that one slot covers. Slots begin at whole multiples of it, UTC.</summary>
    public static readonly TimeSpan Slot = TimeSpan.FromSeconds(10);

    // A day, and the slots of the bar that has just begun.
    private const int Slots = (24 * 60 * 6) + 90;

    private static readonly int Kinds = Enum.GetValues<VerdictKind>().Length;

    private readonly TimeProvider _time;
    private readonly long _startTimestamp;
    private readonly long _start;
    private readonly Lock _lock = new();
    private readonly int[] _counts = new int[Slots * Kinds];
    private long _latest;

    public VerdictHistory(TimeProvider time)
    {
        // The monotonic clock moves the slots on, so that a step of the wall clock neither loses nor repeats any.
        (_time, _startTimestamp, _start) = (time, time.GetTimestamp(), time.GetUtcNow().UtcTicks);
        _latest = _start / Slot.Ticks;
    }

    /// <summary>Counts one occurrence now.</summary>
    public void Note(VerdictKind kind)
    {
        lock (_lock)
        {
            Advance();
            _counts[Place(_latest) + (int)kind]++;
        }
    }

    /// <summary>The sum over the slots that ended within a span before now, and the present slot.</summary>
    public VerdictCounts Last(TimeSpan span)
    {
        lock (_lock)
        {
            Advance();
            return Sum(_latest - (span.Ticks / Slot.Ticks) + 1, _latest);
        }
    }

    /// <summary>The counts in spans of equal length, oldest first. The last span contains now.</summary>
    /// <param name="span">A whole multiple of <see cref="Slot"/>; at most 15 minutes. Spans begin at whole multiples of it, UTC.</param>
    /// <param name="count">How many spans: at most a day of them.</param>
    public IReadOnlyList<(DateTimeOffset From, VerdictCounts Counts)> Read(TimeSpan span, int count)
    {
        var slots = span.Ticks / Slot.Ticks;
        lock (_lock)
        {
            Advance();
            var present = _latest / slots;
            return
            [
                .. Enumerable.Range(0, count)
                    .Select(i => (present - count + 1 + i) * slots)
                    .Select(first => (new DateTimeOffset(first * Slot.Ticks, TimeSpan.Zero), Sum(first, first + slots - 1))),
            ];
        }
    }

    private static int Place(long slot) => (int)(slot % Slots) * Kinds;

    // Needs the lock.
    private void Advance()
    {
        var now = (_start + _time.GetElapsedTime(_startTimestamp).Ticks) / Slot.Ticks;
        for (var slot = Math.Max(_latest + 1, now - Slots + 1); slot <= now; slot++)
        {
            Array.Clear(_counts, Place(slot), Kinds);
        }

        _latest = Math.Max(_latest, now);
    }

    // Needs the lock. Slots that are not kept, and those to come, count as empty.
    private VerdictCounts Sum(long first, long last)
    {
        var sum = default(VerdictCounts);
        for (var slot = Math.Max(first, _latest - Slots + 1); slot <= Math.Min(last, _latest); slot++)
        {
            var at = Place(slot);
            sum += new VerdictCounts(_counts[at], _counts[at + 1], _counts[at + 2], _counts[at + 3], _counts[at + 4]);
        }

        return sum;
    }
}
