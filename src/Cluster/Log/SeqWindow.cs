namespace ThrottleNet.Cluster.Log;

/// <summary>
/// The batches of one origin and epoch that a log contains: a bit each for the last <see cref="Width"/>; older ones count as contained. At
/// ten batches a second it spans 200 s, longer than any node keeps a batch.
/// </summary>
internal sealed class SeqWindow
{
    public const int Width = 2048;

    private readonly ulong[] _bits = new ulong[Width / 64];

    private ulong _highest;

    private SeqWindow(SeqWindow other)
    {
        _highest = other._highest;
        other._bits.CopyTo(_bits, 0);
    }

    public SeqWindow()
    {
    }

    /// <param name="highest">As <see cref="Highest"/>.</param>
    /// <param name="words">As <see cref="Words"/>.</param>
    public SeqWindow(ulong highest, ReadOnlySpan<ulong> words)
    {
        _highest = highest;
        words.CopyTo(_bits);
    }

    public ulong Highest => _highest;

    /// <summary>A bit each for the last <see cref="Width"/> seqs.</summary>
    public ReadOnlySpan<ulong> Words => _bits;

    public SeqWindow Clone() => new(this);

    public bool Contains(ulong seq) => seq <= _highest && (_highest - seq >= Width || (Word(seq) >> Bit(seq) & 1) != 0);

    /// <summary>False if it is contained.</summary>
    public bool TryAdd(ulong seq)
    {
        if (Contains(seq))
            return false;
        if (seq > _highest)
        {
            if (seq - _highest >= Width)
                Array.Clear(_bits);
            else
                for (var s = _highest + 1; s < seq; s++)
                    Word(s) &= ~(1ul << Bit(s));
            _highest = seq;
        }

        Word(seq) |= 1ul << Bit(seq);
        return true;
    }

    /// <summary>Adds every seq up to this one.</summary>
    public void CoverTo(ulong seq)
    {
        for (var s = seq - Math.Min(seq, Width) + 1; s <= seq; s++)
            TryAdd(s);
    }

    /// <summary>Adds what another window contains.</summary>
    public void Union(SeqWindow other)
    {
        for (var s = other._highest - Math.Min(other._highest, Width) + 1; s <= other._highest; s++)
        {
            if (other.Contains(s))
                TryAdd(s);
        }
    }

    private static int Bit(ulong seq) => (int)(seq % 64);

    private ref ulong Word(ulong seq) => ref _bits[seq % Width / 64];
}
