using System.Numerics;

namespace ThrottleNet.TrustList.Index;

/// <summary>Maps every number to its narrowest entry or to null: ranges without gaps, each given by its start.</summary>
internal abstract class RangeTable<T>(TrustEntry?[] values)
    where T : IBinaryInteger<T>, IMinMaxValue<T>
{
    public int Count => values.Length;

    /// <summary>The i-th range, both ends included.</summary>
    public (T First, T Last, TrustEntry? Entry) this[int i] =>
        (Start(i), i + 1 < Count ? Start(i + 1) - T.One : T.MaxValue, values[i]);

    public TrustEntry? Find(T key) => values[IndexOf(key)];

    /// <summary>Whether every number of a range has an entry.</summary>
    public bool Holds(T first, T last)
    {
        var i = IndexOf(first);
        while (values[i] is not null && this[i].Last < last)
        {
            i++;
        }

        return values[i] is not null;
    }

    protected abstract int IndexOf(T key);

    protected abstract T Start(int i);
}

/// <summary>IPv4.</summary>
internal sealed class V4Table(uint[] starts, TrustEntry?[] values) : RangeTable<uint>(values)
{
    private readonly SortedKeys<uint> _starts = new(starts);

    protected override int IndexOf(uint key) => _starts.LastNotAbove(key);

    protected override uint Start(int i) => _starts[i];
}

/// <summary>
/// IPv6. The upper halves are searched alone, as networks are rarely longer than /64; the lower ones settle
/// the order within one /64.
/// </summary>
internal sealed class V6Table(UInt128[] starts, TrustEntry?[] values) : RangeTable<UInt128>(values)
{
    private readonly SortedKeys<ulong> _upper = new(Array.ConvertAll(starts, start => (ulong)(start >> 64)));
    private readonly ulong[] _lower = Array.ConvertAll(starts, start => (ulong)start);

    protected override int IndexOf(UInt128 key)
    {
        var upper = (ulong)(key >> 64);
        var last = _upper.LastNotAbove(upper);
        if (_upper[last] != upper || _lower[last] <= (ulong)key)
        {
            return last;
        }

        // Several ranges start within this /64, and the last of them is too high. The range before all of them starts in a lower /64.
        var before = upper == 0 ? -1 : _upper.LastNotAbove(upper - 1);
        var within = _lower.AsSpan(before + 1, last - before);
        return within[0] > (ulong)key ? before : before + 1 + SortedKeys<ulong>.LastNotAbove(within, (ulong)key);
    }

    protected override UInt128 Start(int i) => new(_upper[i], _lower[i]);
}
