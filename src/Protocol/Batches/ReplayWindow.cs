using System.Numerics;

namespace ThrottleNet.Protocol.Batches;

/// <summary>
/// Which batches of one (origin, epoch) have been applied: one bit for each of the last <see cref="Width"/>. Older batches count as
/// applied, so no batch is ever applied twice. At a batch a second the window spans four minutes, twice as long as
/// nodes keep batches.
/// </summary>
public sealed class ReplayWindow
{
    /// <summary>The number of sequence numbers that have a bit.</summary>
    public const int Width = 256;

    private const int Words = Width / 64;

    // Bit i of word w is the batch Highest - (64 w + i).
    private Bits _bits;

    /// <summary>The highest seq applied; 0 before the first.</summary>
    public ulong Highest { get; private set; }

    /// <summary>Every batch up to this one was applied, or is older than the window.</summary>
    public ulong Contiguous
    {
        get
        {
            for (var word = Words - 1; word >= 0; word--)
            {
                var missing = ~_bits[word] & Exists(word);
                if (missing != 0)
                    return Highest - (ulong)((64 * word) + BitOperations.Log2(missing)) - 1;
            }

            return Highest;
        }
    }

    public bool HasGaps => Contiguous != Highest;

    /// <summary>Notes a seq: true the first time, for each seq from 1 up; false when it has been applied, or is older than the window.</summary>
    public bool TryAdd(ulong seq)
    {
        if (seq == 0)
            return false;
        if (seq > Highest)
        {
            Shift(seq - Highest);
            Highest = seq;
            _bits[0] |= 1;
            return true;
        }

        var back = Highest - seq;
        if (back >= Width || (_bits[(int)(back / 64)] >> (int)(back % 64) & 1) != 0)
            return false;
        _bits[(int)(back / 64)] |= 1ul << (int)(back % 64);
        return true;
    }

    public bool Contains(ulong seq)
    {
        if (seq > Highest)
            return false;
        var back = Highest - seq;
        return back >= Width || (_bits[(int)(back / 64)] >> (int)(back % 64) & 1) != 0;
    }

    /// <summary>Counts everything up to <paramref name="seq"/> as applied: a snapshot contains it, or no node has it any more.</summary>
    public void CoverTo(ulong seq)
    {
        if (seq > Highest)
        {
            Shift(seq - Highest);
            Highest = seq;
        }

        var back = Highest - seq;
        for (var word = 0; word < Words; word++)
        {
            var from = Math.Clamp((long)Math.Min(back, Width) - (64 * word), 0, 64);
            _bits[word] |= from == 64 ? 0 : ulong.MaxValue << (int)from;
        }
    }

    // The bits of a word that stand for a seq of 1 or more.
    private ulong Exists(int word)
    {
        var below = 64ul * (ulong)word;
        return Highest <= below ? 0 : Highest - below >= 64 ? ulong.MaxValue : (1ul << (int)(Highest - below)) - 1;
    }

    private void Shift(ulong by)
    {
        if (by >= Width)
        {
            _bits = default;
            return;
        }

        var words = (int)(by / 64);
        var bits = (int)(by % 64);
        for (var word = Words - 1; word >= 0; word--)
        {
            var high = word - words >= 0 ? _bits[word - words] << bits : 0;
            var low = bits != 0 && word - words - 1 >= 0 ? _bits[word - words - 1] >> (64 - bits) : 0;
            _bits[word] = high | low;
        }
    }

    [System.Runtime.CompilerServices.InlineArray(Words)]
    private struct Bits
    {
        private ulong _first;
    }
}
