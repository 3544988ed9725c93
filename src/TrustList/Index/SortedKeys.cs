using System.Numerics;
using System.Runtime.CompilerServices;

namespace ThrottleNet.TrustList.Index;

/// <summary>
/// Ascending keys, and for a question the last key not above it. The range of the keys is cut into equal slots, about one for
/// four keys; a slot knows where its keys begin, so evenly spread keys take two cache misses. Keys in clumps share a slot,
/// and there a binary search goes on: never worse than one over all.
/// </summary>
internal sealed class SortedKeys<T>
    where T : unmanaged, IBinaryInteger<T>
{
    private const int KeysPerSlot = 4;

    private readonly T[] _keys;
    private readonly int[] _slots;
    private readonly T _lowest;
    private readonly int _shift;

    /// <param name="keys">Ascending, equal ones allowed; the first is zero, so that every question has an answer.</param>
    public SortedKeys(T[] keys)
    {
        _keys = keys;

        // At least two slots, as a shift by the whole width is no shift. They begin at the first key after zero, which is far below all others.
        _lowest = keys[Math.Min(1, keys.Length - 1)];
        var spread = keys[^1] - _lowest;
        var slotBits = BitOperations.Log2((uint)Math.Max(keys.Length / KeysPerSlot, 2));
        _shift = Math.Max(0, spread.GetShortestBitLength() - slotBits);
        _slots = new int[int.CreateChecked(spread >>> _shift) + 2];
        Array.Fill(_slots, keys.Length - 1);
        for (int slot = 0, at = 0; slot < _slots.Length - 1; slot++)
        {
            var first = _lowest + (T.CreateChecked(slot) << _shift);
            while (at + 1 < keys.Length && keys[at + 1] <= first)
            {
                at++;
            }

            _slots[slot] = at;
        }
    }

    public int Count => _keys.Length;

    /// <summary>Memory, in octets.</summary>
    public long Octets => ((long)_keys.Length * Unsafe.SizeOf<T>()) + ((long)_slots.Length * sizeof(int));

    public T this[int i] => _keys[i];

    public int LastNotAbove(T key)
    {
        if (key < _lowest)
        {
            return 0;
        }

        var slot = Math.Min(int.CreateSaturating((key - _lowest) >>> _shift), _slots.Length - 2);
        var from = _slots[slot];
        return from + LastNotAbove(_keys.AsSpan(from, _slots[slot + 1] - from + 1), key);
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
}
