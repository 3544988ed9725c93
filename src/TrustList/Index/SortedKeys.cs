using System.Numerics;

namespace ThrottleNet.TrustList.Index;

/// <summary>
/// Ascending keys; finds the last key that is not above a given number. The range of the keys is cut into equal slots, about one for
/// four keys, and each slot knows where its keys begin. Registries allocate networks in clusters: a slot with
/// many keys is cut into slots again. So a search costs two or three cache misses for any distribution of keys.
/// </summary>
internal sealed class SortedKeys<T>
    where T : unmanaged, IBinaryInteger<T>
{
    private const int KeysPerSlot = 4;

    /// <summary>The most keys of a slot that is searched directly; a slot with more is cut again. 32 keys take two to four cache lines.</summary>
    private const int MaxKeysOfSlot = 32;

    private readonly T[] _keys;

    // For each slot the index of the last key that is not above its start, or the complement of the index of the cut that divides it further.
    private readonly int[] _slots;
    private readonly Cut[] _cuts;

    /// <param name="keys">Ascending, duplicates allowed; the first is zero, so that every search finds a key.</param>
    public SortedKeys(T[] keys)
    {
        _keys = keys;
        List<int> slots = [];
        List<Cut> cuts = [];
        Divide(0, keys.Length - 1, slots, cuts);
        _slots = [.. slots];
        _cuts = [.. cuts];
    }

    public int Count => _keys.Length;

    public T this[int i] => _keys[i];

    public int LastNotAbove(T key)
    {
        ref readonly var cut = ref _cuts[0];
        while (key >= cut.Lowest)
        {
            var slot = cut.FirstSlot + Math.Min(int.CreateSaturating((key - cut.Lowest) >>> cut.Shift), cut.LastSlot);
            var from = _slots[slot];
            if (from >= 0)
            {
                var to = _slots[slot + 1];
                to = to >= 0 ? to : _cuts[~to].From;
                return from + LastNotAbove(_keys.AsSpan(from, to - from + 1), key);
            }

            cut = ref _cuts[~from];
        }

        return cut.From;
    }

    /// <summary>The index of the last key that is not above the number; 0 also if all keys are above it.</summary>
    public static int LastNotAbove(ReadOnlySpan<T> sorted, T key)
    {
        // Arithmetic without a branch: the processor could not predict it for random addresses.
        var at = 0;
        for (var length = sorted.Length; length > 1;)
        {
            var half = length >> 1;
            at += half & -Convert.ToInt32(sorted[at + half] <= key);
            length -= half;
        }

        return at;
    }

    /// <summary>Cuts the range between two keys into slots.</summary>
    private void Divide(int from, int to, List<int> slots, List<Cut> cuts)
    {
        var lowest = _keys[Math.Min(from + 1, to)];
        var spread = _keys[to] - lowest;

        // At least two slots, because C# ignores a shift by the whole width.
        var slotBits = BitOperations.Log2((uint)Math.Max((to - from) / KeysPerSlot, 2));
        var shift = Math.Max(0, spread.GetShortestBitLength() - slotBits);
        var last = int.CreateChecked(spread >>> shift);
        var first = slots.Count;
        cuts.Add(new Cut(lowest, shift, first, last, from));
        for (int slot = 0, at = from; slot <= last; slot++)
        {
            var start = lowest + (T.CreateChecked(slot) << shift);
            while (at < to && _keys[at + 1] < start)
            {
                at++;
            }

            slots.Add(at);
        }

        slots.Add(to);
        for (var slot = first; slot <= first + last; slot++)
        {
            var (begin, end) = (slots[slot], slots[slot + 1]);
            if (end - begin > MaxKeysOfSlot && _keys[begin + 1] != _keys[end])
            {
                slots[slot] = ~cuts.Count;
                Divide(begin, end, slots, cuts);
            }
        }
    }

    /// <summary>A range of keys cut into equal slots: <see cref="LastSlot"/> + 1 of them, and one more that marks the end.</summary>
    private readonly record struct Cut(T Lowest, int Shift, int FirstSlot, int LastSlot, int From);
}
