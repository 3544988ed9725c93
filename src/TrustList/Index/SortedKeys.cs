using System.Numerics;
using System.Runtime.CompilerServices;

namespace ThrottleNet.TrustList.Index;

/// <summary>
/// Ascending keys, and for a question the last key not above it. The range of the keys is cut into equal slots, about one for
/// four keys; a slot knows where its keys begin. Networks come in clumps, as registries give them out: a slot that holds
/// many keys is cut into slots again. So a question costs two or three cache misses, however the keys lie.
/// </summary>
internal sealed class SortedKeys<T>
    where T : unmanaged, IBinaryInteger<T>
{
    private const int KeysPerSlot = 4;

    /// <summary>Keys of one slot that are searched as they are; more are cut again. 32 keys lie in two to four cache lines.</summary>
    private const int MaxKeysOfSlot = 32;

    private readonly T[] _keys;

    // The place of the last key not above a slot's start; or the complement of the number of the cut that goes on from there.
    private readonly int[] _slots;
    private readonly Cut[] _cuts;

    /// <param name="keys">Ascending, equal ones allowed; the first is zero, so that every question has an answer.</param>
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

    /// <summary>Memory, in octets.</summary>
    public long Octets =>
        ((long)_keys.Length * Unsafe.SizeOf<T>()) + ((long)_slots.Length * sizeof(int)) + ((long)_cuts.Length * Unsafe.SizeOf<Cut>());

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

    /// <summary>The last of sorted keys that is not above the question; 0 also when all are.</summary>
    public static int LastNotAbove(ReadOnlySpan<T> sorted, T key)
    {
        // Arithmetic in place of a branch: the processor cannot guess where a random address lies.
        var at = 0;
        for (var length = sorted.Length; length > 1;)
        {
            var half = length >> 1;
            at += half & -Convert.ToInt32(sorted[at + half] <= key);
            length -= half;
        }

        return at;
    }

    /// <summary>Cuts the range of the keys after one place, up to another, into slots.</summary>
    private void Divide(int from, int to, List<int> slots, List<Cut> cuts)
    {
        var lowest = _keys[Math.Min(from + 1, to)];
        var spread = _keys[to] - lowest;

        // At least two slots, as a shift by the whole width is no shift.
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
