using System.Numerics;
using System.Runtime.CompilerServices;

namespace ThrottleNet.TrustList.Index;

/// <summary>
/// Maps every number of a range to a value: sorted starts, each holding until the next. A lookup is a binary search in a
/// sample of every 64th start, which stays in the cache, and then one among 64 neighbours, which are one or two misses away.
/// </summary>
internal sealed class RangeTable<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    private const int SampleShift = 6;

    private readonly T[] _starts;
    private readonly int[] _values;
    private readonly T[] _samples;

    /// <param name="starts">Strictly ascending; the first is zero, so that every number has a value.</param>
    /// <param name="values">One for each start.</param>
    public RangeTable(T[] starts, int[] values)
    {
        _starts = starts;
        _values = values;
        _samples = new T[((starts.Length - 1) >> SampleShift) + 1];
        for (var i = 0; i < _samples.Length; i++)
        {
            _samples[i] = starts[i << SampleShift];
        }
    }

    public int Count => _starts.Length;

    /// <summary>Memory of the table itself, in octets.</summary>
    public long Octets =>
        ((long)(_starts.Length + _samples.Length) * Unsafe.SizeOf<T>()) + ((long)_values.Length * sizeof(int));

    public int Find(T key)
    {
        var from = LastNotAbove(_samples, key) << SampleShift;
        var among = _starts.AsSpan(from, Math.Min(1 << SampleShift, _starts.Length - from));
        return _values[from + LastNotAbove(among, key)];
    }

    /// <summary>The i-th range, both ends included.</summary>
    public (T First, T Last, int Value) this[int i] =>
        (_starts[i], i + 1 < _starts.Length ? _starts[i + 1] - T.One : T.MaxValue, _values[i]);

    private static int LastNotAbove(ReadOnlySpan<T> sorted, T key)
    {
        // Branch-free halving: the processor cannot guess where a random address lies.
        var at = 0;
        for (var length = sorted.Length; length > 1;)
        {
            var half = length >> 1;
            at = sorted[at + half] <= key ? at + half : at;
            length -= half;
        }

        return at;
    }
}
