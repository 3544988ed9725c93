using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ThrottleNet.Counting;

/// <summary>The reports about one warm block, one cell an operator.</summary>
internal sealed class ReportRow
{
    /// <summary>The operator that runs this node; its cell is never lowered nor left out.</summary>
    public const int Own = 0;

    private const int Few = 4;
    private const int MaxLowered = 16;
    private const int CacheLine = 64;

    // The first few are in this object: a block that is not in the processor's cache costs two reads of memory less.
    private FewCells _few;
    private (int Operator, ReportCell Cell)[]? _many;
    private uint _stamp;
    private int _own = -1;

    public ReportRow(uint stamp) => _stamp = stamp;

    /// <summary>The moment the cells are for.</summary>
    public uint Moment => _stamp;

    /// <summary>Operators that reported.</summary>
    public int Count { get; private set; }

    /// <summary>The block is not taken for a cool one, however few the reports are.</summary>
    public bool IsKept { get; set; }

    public ReportCell Total
    {
        get
        {
            var total = default(ReportCell);
            foreach (var (_, cell) in Known)
            {
                total += cell;
            }

            return total;
        }
    }

    public IEnumerable<(int Operator, ReportCell Cell)> Cells => Known.ToArray();

    private Span<(int Operator, ReportCell Cell)> Slots => _many ?? (Span<(int, ReportCell)>)_few;

    private Span<(int Operator, ReportCell Cell)> Known => Slots[..Count];

    /// <summary>Starts to fetch these reports into the processor's cache, without waiting. It reads nothing.</summary>
    public unsafe void Prefetch()
    {
        if (Sse.IsSupported)
        {
            var fields = (byte*)Unsafe.AsPointer(ref _many);
            Sse.Prefetch0(fields);
            Sse.Prefetch0(fields + CacheLine);
        }
    }

    /// <summary>Adds a report of some moment; returns true when the operator is new here.</summary>
    public bool Add(int @operator, in ReportCell report, uint when, uint now)
    {
        DecayTo(now);
        var late = Math.Max(0, Stamp.Between(when, _stamp));
        var decayed = late > 0 ? report.Decayed(Decay.Fast(late), Decay.Slow(late)) : report;
        foreach (ref var known in Known)
        {
            if (known.Operator == @operator)
            {
                known.Cell += decayed;
                return false;
            }
        }

        if (Count == Slots.Length)
        {
            var more = new (int, ReportCell)[2 * Count];
            Known.CopyTo(more);
            _many = more;
        }

        Slots[Count] = (@operator, decayed);
        _own = @operator == Own ? Count : _own;
        Count++;
        return true;
    }

    public void DecayTo(uint now)
    {
        var age = Stamp.Between(_stamp, now);
        if (age <= 0)
        {
            return;
        }

        var (fast, slow) = (Decay.Fast(age), Decay.Slow(age));
        _stamp = now;
        foreach (ref var known in Known)
        {
            known.Cell = known.Cell.Decayed(fast, slow);
        }
    }

    /// <summary>
    /// The sum with the highest reports lowered to the next one (winsorized): each wild report counts like the next highest.
    /// f liars add at most f times what the busiest honest operator saw. In all no less than <paramref name="floor"/> allows: otherwise a spray over f + 1
    /// operators would count for nothing once it is large.
    /// </summary>
    public ReportCell Lowered(int lowered, in ReportCell floor)
    {
        var total = Total;
        return new ReportCell(
            Math.Max(Sum(0, lowered, isLowered: true), Math.Min(total.Fast, floor.Fast)),
            total.Waiting > 0 ? Math.Max(Sum(1, lowered, isLowered: true), Math.Min(total.Waiting, floor.Waiting)) : 0,
            Math.Max(Sum(2, lowered, isLowered: true), Math.Min(total.Slow, floor.Slow)));
    }

    /// <summary>The fast sum with the highest reports left out (trimmed): never more than the honest operators counted, so it corroborates.</summary>
    public float TrimmedFast(int leftOut) => Sum(0, leftOut, isLowered: false);

    /// <summary>The same of the slow sum.</summary>
    public float TrimmedSlow(int leftOut) => Sum(2, leftOut, isLowered: false);

    private static float ValueOf(in ReportCell cell, int part) => part switch { 0 => cell.Fast, 1 => cell.Waiting, _ => cell.Slow };

    // Keeps the highest reports in order, and sums up the rest.
    private float Sum(int part, int highest, bool isLowered)
    {
        highest = Math.Min(highest, MaxLowered);
        if (Count - (_own < 0 ? 0 : 1) <= highest)
        {
            return _own < 0 ? 0 : ValueOf(Slots[_own].Cell, part);
        }

        Span<float> top = stackalloc float[MaxLowered + 1];
        var kept = 0;
        float sum = 0;
        foreach (var (@operator, cell) in Known)
        {
            var value = ValueOf(cell, part);
            if (@operator == Own)
            {
                sum += value;
                continue;
            }

            var at = kept;
            while (at > 0 && top[at - 1] < value)
            {
                at--;
            }

            if (at > highest)
            {
                sum += value;
                continue;
            }

            if (kept > highest)
            {
                sum += top[--kept];
            }

            top[at..kept].CopyTo(top[(at + 1)..]);
            top[at] = value;
            kept++;
        }

        var next = kept > highest ? top[highest] : 0;
        return sum + next + (isLowered ? highest * next : 0);
    }

    [InlineArray(Few)]
    private struct FewCells
    {
        private (int Operator, ReportCell Cell) _first;
    }
}
